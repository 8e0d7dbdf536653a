"""Sphinx's configuration.  Pages are Markdown that is read on GitHub too; docs/_ext adds what comes from the code."""

import sys
from pathlib import Path

import rosterkit

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "rosterkit"
author = "the rosterkit authors"
version = release = rosterkit.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "rosterkit_pages"]
exclude_patterns = ["changes", "_ext"]
source_suffix = {".md": "markdown"}
myst_enable_extensions = ["attrs_inline", "deflist"]
myst_heading_anchors = 4

html_theme = "furo"
html_title = f"rosterkit {release}"
html_copy_source = False
html_show_copyright = False
html_show_sphinx = False

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
# Other packages have pages of their own and our inner modules none; docstrings name what is beside them shortly.
nitpick_ignore_regex = [
    ("py:.*", r"(twisted|collections|os|pathlib|domish)\..*"),
    ("py:.*", r"rosterkit\.(client|config|core|errors|xmpp)\..*"),
    ("py:class", r"(xso\.)?(Item|Group)|Path|JID|ApiError|ServerError|TlsMode|Resolver|BoundSignal|AnyPolicy|AnyJid"),
    ("py:data", r"PATIENCE"),
]
# JSON of the ready line is shown over several lines, with places left open.
suppress_warnings = ["misc.highlighting_failure"]
smartquotes = False
html_static_path = ["_static"]
html_css_files = ["pages.css"]
