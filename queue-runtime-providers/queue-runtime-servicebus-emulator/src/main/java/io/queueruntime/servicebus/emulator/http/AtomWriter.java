package io.queueruntime.servicebus.emulator.http;

import io.queueruntime.message.QueueStatistics;
import io.queueruntime.servicebus.emulator.entity.AuthorizationRule;
import io.queueruntime.servicebus.emulator.entity.Entity;
import io.queueruntime.servicebus.emulator.entity.EntityProperty;
import io.queueruntime.servicebus.emulator.entity.VirtualTime;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/**
 * Writes queues, lists of them, the namespace and errors as Service Bus words them in XML.
 *
 * <p>Immutable; makes one document at a time.
 */
final class AtomWriter {

  private static final String COUNTS =
      "http://schemas.microsoft.com/netservices/2011/06/servicebus";
  private static final XMLOutputFactory FACTORY = XMLOutputFactory.newDefaultFactory();

  /** Clients look for exactly this text. */
  private static final String NEVER_ACCESSED = "0001-01-01T00:00:00";

  private static final Pattern ILLEGAL =
      Pattern.compile("[^\\t\\n\\r\\x20-\\uD7FF\\uE000-\\uFFFD\\x{10000}-\\x{10FFFF}]");

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSSS'Z'").withZone(ZoneOffset.UTC);

  private final String authority;
  private final String namespace;
  private final VirtualTime time;

  AtomWriter(String authority, String namespace, VirtualTime time) {
    this.authority = authority;
    this.namespace = namespace;
    this.time = time;
  }

  /** A queue and what it holds. Immutable. */
  record CountedEntity(Entity entity, QueueStatistics counts) {}

  byte[] entry(CountedEntity queue) {
    return document(xml -> writeEntry(xml, queue, true));
  }

  /**
   * A page of queues.
   *
   * @param nextSkip where the next page begins, if there is one
   */
  byte[] feed(List<CountedEntity> queues, String kind, Optional<Integer> nextSkip, int top) {
    return document(
        xml -> {
          xml.writeStartElement("feed");
          xml.writeDefaultNamespace(AtomReader.ATOM);
          title(xml, "Queues");
          text(xml, "id", "https://%s/$Resources/%s".formatted(authority, kind));
          text(xml, "updated", stamp(time.toWire(time.now())));
          link(xml, "self", "https://%s/$Resources/%s".formatted(authority, kind));
          for (CountedEntity queue : queues) {
            writeEntry(xml, queue, false);
          }
          if (nextSkip.isPresent()) {
            link(
                xml,
                "next",
                "https://%s/$Resources/%s?api-version=2021-05&$skip=%d&$top=%d"
                    .formatted(authority, kind, nextSkip.get(), top));
          }
          xml.writeEndElement();
        });
  }

  byte[] namespaceInfo(Instant since) {
    return document(
        xml -> {
          startEntry(xml, true, namespace, "$namespaceinfo", since, since);
          xml.writeStartElement("NamespaceInfo");
          xml.writeDefaultNamespace(AtomReader.SERVICE_BUS);
          text(xml, "CreatedTime", stamp(since));
          text(xml, "MessagingSKU", "Standard");
          text(xml, "ModifiedTime", stamp(since));
          text(xml, "Name", namespace);
          text(xml, "NamespaceType", "Messaging");
          xml.writeEndElement();
          endEntry(xml);
        });
  }

  static byte[] error(int code, String detail) {
    return document(
        xml -> {
          xml.writeStartElement("Error");
          text(xml, "Code", String.valueOf(code));
          text(xml, "Detail", detail);
          xml.writeEndElement();
        });
  }

  private void writeEntry(XMLStreamWriter xml, CountedEntity counted, boolean outermost)
      throws XMLStreamException {
    Entity entity = counted.entity();
    Instant created = time.toWire(entity.createdAt());
    Instant updated = time.toWire(entity.updatedAt());
    String name = entity.queue().value();
    startEntry(xml, outermost, name, name, created, updated);
    xml.writeStartElement("QueueDescription");
    xml.writeDefaultNamespace(AtomReader.SERVICE_BUS);
    for (EntityProperty property : EntityProperty.values()) {
      before(xml, property, counted);
      property(xml, property, entity);
    }
    xml.writeEndElement();
    endEntry(xml);
  }

  /** What a client cannot set stands among what it can, in an order that clients rely on. */
  private void before(XMLStreamWriter xml, EntityProperty next, CountedEntity counted)
      throws XMLStreamException {
    QueueStatistics counts = counted.counts();
    switch (next) {
      case AUTHORIZATION_RULES -> {
        text(xml, "SizeInBytes", String.valueOf(counts.sizeInBytes()));
        text(xml, "MessageCount", String.valueOf(counts.pending() + counts.deadLetter()));
        text(xml, "IsAnonymousAccessible", "false");
      }
      case AUTO_DELETE_ON_IDLE -> {
        Entity entity = counted.entity();
        text(xml, "CreatedAt", stamp(time.toWire(entity.createdAt())));
        text(xml, "UpdatedAt", stamp(time.toWire(entity.updatedAt())));
        text(
            xml,
            "AccessedAt",
            entity.accessedAt().map(time::toWire).map(AtomWriter::stamp).orElse(NEVER_ACCESSED));
        text(xml, "SupportOrdering", "true");
        writeCounts(xml, counts);
      }
      case FORWARD_DEAD_LETTERED_MESSAGES_TO -> text(xml, "EntityAvailabilityStatus", "Available");
      case MAX_MESSAGE_SIZE_IN_KILOBYTES -> text(xml, "EnableExpress", "false");
      default -> {}
    }
  }

  private void property(XMLStreamWriter xml, EntityProperty property, Entity entity)
      throws XMLStreamException {
    Optional<String> value = entity.description().text(property);
    if (property == EntityProperty.AUTHORIZATION_RULES) {
      writeRules(xml, AuthorizationRule.parse(value.orElse("")));
    } else if (value.isPresent()) {
      boolean forward =
          property == EntityProperty.FORWARD_TO
              || property == EntityProperty.FORWARD_DEAD_LETTERED_MESSAGES_TO;
      text(xml, property.wireName(), forward ? address(value.get()) : value.get());
    }
  }

  private static void writeRules(XMLStreamWriter xml, List<AuthorizationRule> rules)
      throws XMLStreamException {
    xml.writeStartElement("AuthorizationRules");
    for (AuthorizationRule rule : rules) {
      xml.writeStartElement("AuthorizationRule");
      xml.writeNamespace("i", AtomReader.SCHEMA_INSTANCE);
      xml.writeAttribute("i", AtomReader.SCHEMA_INSTANCE, "type", "SharedAccessAuthorizationRule");
      for (String name : AuthorizationRule.FIELDS) {
        String value = rule.fields().get(name);
        if (value != null && name.equals(AuthorizationRule.RIGHTS)) {
          xml.writeStartElement(name);
          for (String right : value.isEmpty() ? new String[0] : value.split(",", -1)) {
            text(xml, "AccessRights", right);
          }
          xml.writeEndElement();
        } else if (value != null) {
          text(xml, name, value);
        }
      }
      xml.writeEndElement();
    }
    xml.writeEndElement();
  }

  /** Of deferred messages Service Bus has no count of their own: they are among the active ones. */
  private static void writeCounts(XMLStreamWriter xml, QueueStatistics counts)
      throws XMLStreamException {
    xml.writeStartElement("CountDetails");
    xml.writeNamespace("d2p1", COUNTS);
    count(xml, "ActiveMessageCount", counts.active() + counts.deferred());
    count(xml, "DeadLetterMessageCount", counts.deadLetter());
    count(xml, "ScheduledMessageCount", counts.scheduled());
    count(xml, "TransferMessageCount", 0);
    count(xml, "TransferDeadLetterMessageCount", 0);
    xml.writeEndElement();
  }

  private static void count(XMLStreamWriter xml, String name, long count)
      throws XMLStreamException {
    xml.writeStartElement("d2p1", name, COUNTS);
    xml.writeCharacters(String.valueOf(count));
    xml.writeEndElement();
  }

  private void startEntry(
      XMLStreamWriter xml,
      boolean outermost,
      String title,
      String path,
      Instant published,
      Instant updated)
      throws XMLStreamException {
    xml.writeStartElement("entry");
    if (outermost) {
      xml.writeDefaultNamespace(AtomReader.ATOM);
    }
    text(xml, "id", address(path));
    title(xml, title);
    text(xml, "published", stamp(published));
    text(xml, "updated", stamp(updated));
    xml.writeStartElement("author");
    text(xml, "name", namespace);
    xml.writeEndElement();
    link(xml, "self", address(path));
    xml.writeStartElement("content");
    xml.writeAttribute("type", "application/xml");
  }

  private static void endEntry(XMLStreamWriter xml) throws XMLStreamException {
    xml.writeEndElement();
    xml.writeEndElement();
  }

  private String address(String path) {
    return "https://" + authority + "/" + PercentCode.encode(path);
  }

  private static void title(XMLStreamWriter xml, String title) throws XMLStreamException {
    xml.writeStartElement("title");
    xml.writeAttribute("type", "text");
    xml.writeCharacters(legal(title));
    xml.writeEndElement();
  }

  private static void link(XMLStreamWriter xml, String relation, String to)
      throws XMLStreamException {
    xml.writeEmptyElement("link");
    xml.writeAttribute("rel", relation);
    xml.writeAttribute("href", to);
  }

  private static void text(XMLStreamWriter xml, String name, String text)
      throws XMLStreamException {
    xml.writeStartElement(name);
    xml.writeCharacters(legal(text));
    xml.writeEndElement();
  }

  /** The text without what XML 1.0 cannot say, which a refused name may hold. */
  private static String legal(String text) {
    return ILLEGAL.matcher(text).replaceAll("\uFFFD");
  }

  private static String stamp(Instant time) {
    return TIME.format(time.truncatedTo(ChronoUnit.MICROS));
  }

  private interface Content {
    void writeTo(XMLStreamWriter xml) throws XMLStreamException;
  }

  private static byte[] document(Content content) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(4096);
    try {
      XMLStreamWriter xml = FACTORY.createXMLStreamWriter(bytes, "UTF-8");
      xml.writeStartDocument("UTF-8", "1.0");
      content.writeTo(xml);
      xml.writeEndDocument();
      xml.close();
      return bytes.toByteArray();
    } catch (XMLStreamException impossible) {
      throw new IllegalStateException("XML could not be written to memory.", impossible);
    }
  }
}
