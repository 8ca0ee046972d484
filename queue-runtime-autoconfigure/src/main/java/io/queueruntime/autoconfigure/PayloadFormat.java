package io.queueruntime.autoconfigure;

import io.queueruntime.converter.MessageConverter;
import io.queueruntime.converter.PayloadTypes;
import tools.jackson.databind.json.JsonMapper;

/** A format beside text and JSON, whose library is on the class path. Thread-safe. */
interface PayloadFormat {

  /**
   * The converter that reads and writes it.
   *
   * @throws io.queueruntime.QueueRuntimeException.ConfigurationInvalid when the application's
   *     mapper for it cannot be used
   */
  MessageConverter converter(JsonMapper json, PayloadTypes types);
}
