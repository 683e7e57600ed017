"""A fake Proxmox VE cluster API, served over HTTPS by a process of its own.

```python
with FakeProxmox(FakeCluster(nodes=[FakeNode(name="pve1")]), account="vrd@pve!check") as fake:
    environment = fake.environment(tmp_path)
    fake.set_fault("/cluster/resources", "595", times=1)
    ...
    assert fake.requests() == ["GET /cluster/resources"]
```
"""

from .certificates import Certificate
from .client import FakeProxmox
from .examples import big_cluster, small_cluster
from .roles import ROLES, pveum
from .state import (
    AUDIT,
    GIB,
    FakeAclEntry,
    FakeCluster,
    FakeGuest,
    FakeHa,
    FakeHaGroup,
    FakeHaRule,
    FakeNode,
    FakePool,
    FakeStorage,
    FakeToken,
    FakeUser,
    dumps,
    loads,
)

__all__ = [
    "AUDIT",
    "GIB",
    "ROLES",
    "Certificate",
    "FakeAclEntry",
    "FakeCluster",
    "FakeGuest",
    "FakeHa",
    "FakeHaGroup",
    "FakeHaRule",
    "FakeNode",
    "FakePool",
    "FakeProxmox",
    "FakeStorage",
    "FakeToken",
    "FakeUser",
    "big_cluster",
    "dumps",
    "loads",
    "pveum",
    "small_cluster",
]
