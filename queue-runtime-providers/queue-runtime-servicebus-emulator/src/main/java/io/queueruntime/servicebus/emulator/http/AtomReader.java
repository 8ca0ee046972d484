package io.queueruntime.servicebus.emulator.http;

import io.queueruntime.servicebus.emulator.entity.AuthorizationRule;
import io.queueruntime.servicebus.emulator.entity.EntityDescription;
import io.queueruntime.servicebus.emulator.entity.EntityException;
import io.queueruntime.servicebus.emulator.entity.EntityException.Kind;
import io.queueruntime.servicebus.emulator.entity.EntityProperty;
import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import javax.xml.namespace.QName;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * Reads a queue's properties out of the Atom entry that a client sends. Prefixes may be any;
 * document types and external entities are not read.
 *
 * <p>Thread-safe.
 */
final class AtomReader {

  /** Where Service Bus's elements live. */
  static final String SERVICE_BUS =
      "http://schemas.microsoft.com/netservices/2010/10/servicebus/connect";

  /** Where Atom's elements live. */
  static final String ATOM = "http://www.w3.org/2005/Atom";

  /** Where {@code nil} and {@code type} live. */
  static final String SCHEMA_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance";

  private static final int MAX_DEPTH = 32;

  private final XMLInputFactory factory;

  AtomReader() {
    factory = XMLInputFactory.newDefaultFactory();
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    factory.setProperty(XMLInputFactory.IS_REPLACING_ENTITY_REFERENCES, false);
    factory.setProperty(XMLInputFactory.IS_NAMESPACE_AWARE, true);
    factory.setProperty(XMLInputFactory.IS_COALESCING, true);
  }

  /**
   * The properties given in the entry, on top of those they start from. Elements that no client can
   * set, e.g. counts, are passed over.
   *
   * @throws EntityException when it is no such entry, or a value is none of its property
   */
  EntityDescription read(byte[] entry, EntityDescription from) {
    try {
      XMLStreamReader xml = factory.createXMLStreamReader(new ByteArrayInputStream(entry));
      enter(xml, new QName(ATOM, "entry"));
      enter(xml, new QName(ATOM, "content"));
      enter(xml, new QName(SERVICE_BUS, "QueueDescription"));
      EntityDescription description = from;
      while (xml.nextTag() == XMLStreamConstants.START_ELEMENT) {
        description = property(xml, description);
      }
      return description;
    } catch (XMLStreamException unreadable) {
      throw refused(
          "The body is not a well-formed Atom entry: "
              + String.valueOf(unreadable.getMessage()).lines().findFirst().orElse(""));
    }
  }

  private static EntityDescription property(XMLStreamReader xml, EntityDescription description)
      throws XMLStreamException {
    Optional<EntityProperty> property =
        SERVICE_BUS.equals(xml.getNamespaceURI())
            ? EntityProperty.named(xml.getLocalName())
            : Optional.empty();
    if (property.isEmpty() || "true".equals(xml.getAttributeValue(SCHEMA_INSTANCE, "nil"))) {
      skip(xml);
      return description;
    }
    if (property.get() == EntityProperty.AUTHORIZATION_RULES) {
      return description.withText(property.get(), AuthorizationRule.format(rules(xml)));
    }
    String text = xml.getElementText();
    return switch (property.get()) {
      case FORWARD_TO, FORWARD_DEAD_LETTERED_MESSAGES_TO ->
          description.withText(property.get(), queueOf(text.strip()));
      case USER_METADATA -> description.withText(property.get(), text);
      default -> text.isBlank() ? description : description.withText(property.get(), text);
    };
  }

  private static List<AuthorizationRule> rules(XMLStreamReader xml) throws XMLStreamException {
    List<AuthorizationRule> rules = new ArrayList<>();
    while (xml.nextTag() == XMLStreamConstants.START_ELEMENT) {
      if (rules.size() == AuthorizationRule.MOST) {
        throw refused(
            "AuthorizationRules has more than %d rules.".formatted(AuthorizationRule.MOST));
      }
      Map<String, String> fields = new HashMap<>();
      while (xml.nextTag() == XMLStreamConstants.START_ELEMENT) {
        String name = xml.getLocalName();
        fields.put(
            name, name.equals(AuthorizationRule.RIGHTS) ? rights(xml) : xml.getElementText());
      }
      rules.add(new AuthorizationRule(fields));
    }
    return rules;
  }

  private static String rights(XMLStreamReader xml) throws XMLStreamException {
    StringJoiner rights = new StringJoiner(",");
    while (xml.nextTag() == XMLStreamConstants.START_ELEMENT) {
      rights.add(xml.getElementText().strip());
    }
    return rights.toString();
  }

  /** Clients name the queue to forward to by its address in the namespace, or by its name. */
  private static String queueOf(String address) {
    int scheme = address.indexOf("://");
    if (scheme < 0) {
      return address;
    }
    int path = address.indexOf('/', scheme + 3);
    return path < 0 ? "" : PercentCode.decode(address.substring(path + 1));
  }

  /** Goes to the start of that child of the element, past its other children. */
  private static void enter(XMLStreamReader xml, QName wanted) throws XMLStreamException {
    while (xml.nextTag() == XMLStreamConstants.START_ELEMENT) {
      if (xml.getName().equals(wanted)) {
        return;
      }
      if (wanted.getNamespaceURI().equals(SERVICE_BUS) || wanted.getLocalPart().equals("entry")) {
        throw refused(
            "The body has the element '%s' where '%s' was expected; this emulator has queues only."
                .formatted(xml.getName(), wanted));
      }
      skip(xml);
    }
    throw refused("The body has no element '%s'.".formatted(wanted));
  }

  private static void skip(XMLStreamReader xml) throws XMLStreamException {
    int depth = 1;
    while (depth > 0) {
      int event = xml.next();
      if (event == XMLStreamConstants.START_ELEMENT && ++depth > MAX_DEPTH) {
        throw refused("The body is nested deeper than %d elements.".formatted(MAX_DEPTH));
      } else if (event == XMLStreamConstants.END_ELEMENT) {
        depth--;
      }
    }
  }

  private static EntityException refused(String detail) {
    return new EntityException(Kind.INVALID, "Bad Request. " + detail);
  }
}
