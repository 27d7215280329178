import xml.etree.ElementTree as tree
from xml.sax.saxutils import quoteattr

from lxml import etree


def parsers(data):
    # ruleid: xml-parser-that-fetches
    etree.XMLParser()
    # ruleid: xml-parser-that-fetches
    etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    # ruleid: xml-parser-that-fetches
    etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
    # ok: xml-parser-that-fetches
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    # ok: xml-parser-that-fetches
    etree.XMLParser(huge_tree=False, remove_pis=True, load_dtd=False, no_network=True, resolve_entities=False)
    # ruleid: xml-without-our-parser
    etree.fromstring(data)
    # ruleid: xml-without-our-parser
    etree.parse(data)
    # ok: xml-without-our-parser
    return etree.fromstring(data, parser)


def others(data):
    # ruleid: xml-of-the-library
    tree.fromstring(data)
    # ok: xml-of-the-library
    return quoteattr(data)
