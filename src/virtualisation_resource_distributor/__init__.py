"""Tell administrators where their services run, and whether they are spread as they could be."""
