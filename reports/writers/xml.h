/*
 * xml.h - XML through libxml2's writer, which escapes but neither checks nor repairs: every text is made plain first.
 *
 * A failure is kept, and all further calls do nothing; cc_xml_finish() tells.
 */
#ifndef CRDBCHECK_WRITERS_XML_H
#define CRDBCHECK_WRITERS_XML_H

#include <stdint.h>

#include <libxml/xmlwriter.h>

#include "base/buffer.h"

typedef struct cc_xml {
    xmlBuffer     *buffer;
    xmlTextWriter *writer;
    orm_buffer     scratch;
    bool           broken;
} cc_xml;

/* Starts an indented UTF-8 document. */
void cc_xml_init(cc_xml *xml);
void cc_xml_open(cc_xml *xml, const char *element);
void cc_xml_close(cc_xml *xml);
void cc_xml_attribute(cc_xml *xml, const char *name, const char *value);
void cc_xml_attribute_int(cc_xml *xml, const char *name, int64_t value);
void cc_xml_attribute_seconds(cc_xml *xml, const char *name, int64_t nanoseconds);
void cc_xml_text(cc_xml *xml, const char *text);

/* Ends the document, appends it to `out` (which is broken when anything failed) and frees everything. */
void cc_xml_finish(cc_xml *xml, orm_buffer *out);

#endif
