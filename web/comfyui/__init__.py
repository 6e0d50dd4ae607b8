"""Nexus Mesh: edit a ComfyUI workflow together, browser to browser.

All of it is the script in WEB_DIRECTORY, which ComfyUI serves to its own page. There are no nodes and no routes here.
"""

WEB_DIRECTORY = "./web"
NODE_CLASS_MAPPINGS = {}
NODE_DISPLAY_NAME_MAPPINGS = {}

__all__ = ["WEB_DIRECTORY", "NODE_CLASS_MAPPINGS", "NODE_DISPLAY_NAME_MAPPINGS"]
