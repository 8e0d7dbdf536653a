"""What a server lets a component do, read from its message."""

from __future__ import annotations

import pytest
from lxml import etree

from rosterkit.core.ext.privilege import NAMESPACES, roster_access


@pytest.mark.parametrize("namespace", NAMESPACES)
@pytest.mark.parametrize(
    ("perms", "access"),
    [
        ("<perm access='roster' type='get'/>", "get"),
        ("<perm access='message' type='outgoing'/><perm access='roster' type='both'/>", "both"),
        ("<perm access='roster' type='set'/>", "set"),
        ("<perm access='roster' type='none'/>", "none"),
        ("<perm access='roster' type='everything'/>", "none"),
        ("<perm access='roster'/>", "none"),
        ("<perm access='message' type='outgoing'/>", "none"),
        ("", "none"),
    ],
)
def test_what_is_granted(namespace: str, perms: str, access: str):
    """XEP-0356: in either version; what is not said is not granted."""
    message = f"<message><privilege xmlns='{namespace}'>{perms}</privilege></message>"
    assert roster_access(etree.fromstring(message)) == access


@pytest.mark.parametrize("child", ["", "<privilege/>", "<privilege xmlns='urn:xmpp:privilege:0'/>", "<body>x</body>"])
def test_what_is_about_something_else(child: str):
    """Another message grants nothing, nor does it take anything away."""
    assert roster_access(etree.fromstring(f"<message>{child}</message>")) is None
