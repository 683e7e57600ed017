"""The floor: what a bare proxmoxer script costs that gets all resources and counts them."""

import os

from proxmoxer import ProxmoxAPI

proxmox = ProxmoxAPI(
    os.environ["PROXMOX_HOST"],
    user=f"{os.environ['PROXMOX_USERNAME']}@{os.environ['PROXMOX_REALM']}",
    password=open(f"{os.environ['SECRETS_DIRECTORY']}/proxmox_password", encoding="utf-8").read().strip(),  # noqa: PTH123, SIM115
    verify_ssl=os.environ["PROXMOX_CA_FILE"],
)
print(len(proxmox.cluster.resources.get()))
