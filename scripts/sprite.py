"""Makes one SVG sprite of the icons named in a list: sprite.py LIST LUCIDE_ZIP OUTPUT.

The symbols carry no colours and no stroke width: fill and stroke are inherited from the <svg class="icon"> that uses them.
"""

import re
import sys
import zipfile
from xml.etree import ElementTree

SVG = "{http://www.w3.org/2000/svg}"


def wanted(text):
    """Yields (id, Lucide name) of each entry: plain names, or "alias = name"."""
    text = re.sub(r"#.*", "", text)
    for alias, name in re.findall(r"([a-z0-9-]+)(?:\s*=\s*([a-z0-9-]+))?", text):
        yield alias, name or alias


def symbol(identifier, svg):
    root = ElementTree.fromstring(svg)
    for node in root.iter():
        node.tag = node.tag.removeprefix(SVG)
    shapes = "".join(ElementTree.tostring(shape, encoding="unicode").strip() for shape in root)
    return f'<symbol id="{identifier}" viewBox="{root.get("viewBox")}">{shapes}</symbol>'


def main(list_path, zip_path, output):
    with open(list_path, encoding="utf-8") as file:
        icons = dict(wanted(file.read()))
    with zipfile.ZipFile(zip_path) as lucide:
        known = set(lucide.namelist())
        missing = sorted({name for name in icons.values() if f"{name}.svg" not in known})
        if missing:
            sys.exit(f"{list_path}: Lucide has no icon named {', '.join(missing)}")
        symbols = [symbol(identifier, lucide.read(f"{name}.svg")) for identifier, name in sorted(icons.items())]
    with open(output, "w", encoding="utf-8") as file:
        file.write('<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n")


main(*sys.argv[1:])
