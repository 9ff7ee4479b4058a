"""Canonicalises by libxml2, for comparison. A line in, a line out, both JSON:
{"doc": base64, "asks": [[mode, comments, element, [prefixes]], ...]} gives a list of base64 or null (refused).
Mode: 0 inclusive 1.0, 1 exclusive, 2 inclusive 1.1. Element: 0 the document, k its k-th element.
{"doc": base64, "parse": true} gives whether libxml2 finds the document well-formed, namespaces included."""
import base64
import ctypes as c
import json
import sys

from lxml import etree

x = c.CDLL("libxml2.so.2")
x.xmlReadMemory.restype = c.c_void_p
x.xmlReadMemory.argtypes = [c.c_char_p, c.c_int, c.c_char_p, c.c_char_p, c.c_int]
x.xmlXPathNewContext.restype = c.c_void_p
x.xmlXPathNewContext.argtypes = [c.c_void_p]
x.xmlXPathEvalExpression.restype = c.c_void_p
x.xmlXPathEvalExpression.argtypes = [c.c_char_p, c.c_void_p]
x.xmlXPathFreeObject.argtypes = [c.c_void_p]
x.xmlXPathFreeContext.argtypes = [c.c_void_p]
x.xmlC14NDocDumpMemory.argtypes = [
    c.c_void_p, c.c_void_p, c.c_int, c.POINTER(c.c_char_p), c.c_int, c.POINTER(c.c_void_p)]
x.xmlFreeDoc.argtypes = [c.c_void_p]
free = c.CFUNCTYPE(None, c.c_void_p).in_dll(x, "xmlFree")
quiet = c.CFUNCTYPE(None, c.c_void_p, c.c_void_p)(lambda *_: None)
x.xmlSetStructuredErrorFunc(None, quiet)


class XPathObject(c.Structure):
    _fields_ = [("type", c.c_int), ("nodesetval", c.c_void_p)]


def canonical(doc, context, ask):
    mode, comments, element, prefixes = ask
    found, nodes = None, None
    if element:
        top = "(//*)[%d]" % element
        path = "%s/descendant-or-self::node()|%s/descendant-or-self::*/@*|%s/descendant-or-self::*/namespace::*" % (
            top, top, top)
        found = x.xmlXPathEvalExpression(path.encode(), context)
        nodes = c.cast(found, c.POINTER(XPathObject)).contents.nodesetval
    listed = None
    if prefixes:
        listed = (c.c_char_p * (len(prefixes) + 1))(*[p.encode() for p in prefixes], None)
    out = c.c_void_p()
    size = x.xmlC14NDocDumpMemory(doc, nodes, mode, listed, int(comments), c.byref(out))
    result = None
    if size >= 0:
        result = base64.b64encode(c.string_at(out, size)).decode()
        free(out)
    if found:
        x.xmlXPathFreeObject(found)
    return result


def wellformed(text):
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        etree.fromstring(text, parser)
        return True
    except etree.XMLSyntaxError:
        # That a namespace name is no URI, or xml:id no name, is a warning that lxml takes for an error.
        return all(e.type_name in ("WAR_NS_URI", "WAR_NS_URI_RELATIVE", "DTD_XMLID_VALUE") for e in parser.error_log)


for line in sys.stdin:
    order = json.loads(line)
    text = base64.b64decode(order["doc"])
    if order.get("parse"):
        print(json.dumps(wellformed(text)), flush=True)
        continue
    doc = x.xmlReadMemory(text, len(text), None, None, 32 | 64 | 2048)
    if not doc:
        print("null", flush=True)
        continue
    context = x.xmlXPathNewContext(doc)
    print(json.dumps([canonical(doc, context, ask) for ask in order["asks"]]), flush=True)
    x.xmlXPathFreeContext(context)
    x.xmlFreeDoc(doc)
