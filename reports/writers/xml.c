#include "reports/writers/xml.h"

#include "reports/writers/plain_text.h"

static void check(cc_xml *xml, int written)
{
    xml->broken = xml->broken || written < 0;
}

void cc_xml_init(cc_xml *xml)
{
    *xml = (cc_xml){ .buffer = xmlBufferCreate() };
    orm_buffer_init(&xml->scratch, NULL, 0);
    xml->writer = xml->buffer != NULL ? xmlNewTextWriterMemory(xml->buffer, 0) : NULL;
    if (xml->writer == NULL) {
        xml->broken = true;
        return;
    }
    check(xml, xmlTextWriterSetIndent(xml->writer, 1));
    check(xml, xmlTextWriterSetIndentString(xml->writer, BAD_CAST "  "));
    check(xml, xmlTextWriterStartDocument(xml->writer, NULL, "UTF-8", NULL));
}

void cc_xml_open(cc_xml *xml, const char *element)
{
    if (!xml->broken)
        check(xml, xmlTextWriterStartElement(xml->writer, BAD_CAST element));
}

void cc_xml_close(cc_xml *xml)
{
    if (!xml->broken)
        check(xml, xmlTextWriterEndElement(xml->writer));
}

static const char *plain(cc_xml *xml, const char *text)
{
    orm_buffer_reset(&xml->scratch);
    cc_plain_text(&xml->scratch, text);
    xml->broken = xml->broken || xml->scratch.broken;
    return xml->scratch.data;
}

static void write_attribute(cc_xml *xml, const char *name, const char *value)
{
    if (!xml->broken)
        check(xml, xmlTextWriterWriteAttribute(xml->writer, BAD_CAST name, BAD_CAST value));
}

void cc_xml_attribute(cc_xml *xml, const char *name, const char *value)
{
    write_attribute(xml, name, plain(xml, value));
}

void cc_xml_attribute_int(cc_xml *xml, const char *name, int64_t value)
{
    orm_buffer_reset(&xml->scratch);
    orm_buffer_append_int(&xml->scratch, value);
    xml->broken = xml->broken || xml->scratch.broken;
    write_attribute(xml, name, xml->scratch.data);
}

void cc_xml_attribute_seconds(cc_xml *xml, const char *name, int64_t nanoseconds)
{
    orm_buffer_reset(&xml->scratch);
    cc_append_seconds(&xml->scratch, nanoseconds);
    xml->broken = xml->broken || xml->scratch.broken;
    write_attribute(xml, name, xml->scratch.data);
}

void cc_xml_text(cc_xml *xml, const char *text)
{
    const char *harmless = plain(xml, text);

    if (!xml->broken && harmless[0] != '\0')
        check(xml, xmlTextWriterWriteString(xml->writer, BAD_CAST harmless));
}

void cc_xml_finish(cc_xml *xml, orm_buffer *out)
{
    if (!xml->broken)
        check(xml, xmlTextWriterEndDocument(xml->writer));
    if (xml->writer != NULL)
        xmlFreeTextWriter(xml->writer); /* flushes into the buffer */
    if (!xml->broken)
        orm_buffer_append_bytes(out, xmlBufferContent(xml->buffer), (size_t)xmlBufferLength(xml->buffer));
    out->broken = out->broken || xml->broken;
    if (xml->buffer != NULL)
        xmlBufferFree(xml->buffer);
    orm_buffer_free(&xml->scratch);
}
