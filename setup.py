"""The package's metadata; the tools' settings are in pyproject.toml."""

from pathlib import Path

from setuptools import find_packages, setup

setup(
    name="virtualisation-resource-distributor",
    version="2.0.0.dev0",
    description="Tells whether services on Proxmox VE or libvirt are spread over nodes and zones as they could be",
    long_description=Path(__file__).with_name("README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="MIT",
    python_requires=">=3.11",
    package_dir={"": "src"},
    packages=find_packages("src"),
    package_data={"virtualisation_resource_distributor": ["py.typed"]},
    install_requires=[
        "click>=8.2",
        "orjson>=3.9",
        "peewee>=3.17,<5",
        "proxmoxer>=2.2,<3",
        "python-dotenv>=1.0",
        "requests>=2.31",
        "rich>=13.7",
    ],
    extras_require={
        # Built from source: it takes libvirt-dev, pkg-config and a compiler. Debian's python3-libvirt is ready built.
        "libvirt": ["libvirt-python>=9"],
        "solver": ["ortools>=9.12,<10"],
        "yaml": ["PyYAML>=6.0"],
        "dev": [
            "ortools>=9.12,<10",
            "PyYAML>=6.0",
            "trustme>=1.1",
            "hypothesis>=6.100",
            "import-linter>=2.1",
            "mypy>=1.13",
            "pytest>=8.2",
            "pytest-xdist>=3.6",
            "ruff>=0.8",
            "types-PyYAML",
            "types-requests",
        ],
    },
    entry_points={
        "console_scripts": [
            "virtualisation-resource-distributor = virtualisation_resource_distributor.__main__:end",
            "vrd = virtualisation_resource_distributor.__main__:end",
        ],
    },
    classifiers=[
        "Environment :: Console",
        "Intended Audience :: System Administrators",
        "License :: OSI Approved :: MIT License",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Topic :: System :: Clustering",
        "Typing :: Typed",
    ],
)
