package io.queueruntime.engine;

import io.queueruntime.QueueRuntimeException.ValidationFailed;
import io.queueruntime.message.MessageEdits;
import io.queueruntime.message.OutgoingMessage;

/**
 * Changes headers of a message that is stored already: what was decided about the message stays as
 * it is, and so does the rest of what its sender said.
 *
 * <p>Confined to the engine thread.
 */
final class HeaderEdits {

  private final EngineContext context;

  HeaderEdits(EngineContext context) {
    this.context = context;
  }

  /**
   * A copy of the message's record with the edits in it.
   *
   * @param attempt what fails when the result is too large, as in "abandon message"
   */
  byte[] edited(StoredMessage message, MessageEdits edits, String attempt) {
    byte[] payload = context.log.copyPayload(message);
    if (edits.isEmpty()) {
      return payload;
    }
    OutgoingMessage before = MessageContent.decode(RecordHead.content(payload));
    OutgoingMessage.Builder after = before.toBuilder();
    edits.remove().forEach(after::removeHeader);
    after.headers(edits.set());
    byte[] encoded =
        MessageContent.encode(after.build(), before.messageId().orElseThrow(), RecordHead.SIZE);
    if (encoded.length - RecordHead.SIZE > context.options.maxMessageSize()) {
      throw new ValidationFailed(
          message.queue().name.value(),
          "Cannot %s %d of queue '%s': with the edited headers it has %d bytes, at most %d are taken. Nothing was changed; edit less, or raise max-message-size."
              .formatted(
                  attempt,
                  message.sequence,
                  message.queue().name,
                  encoded.length - RecordHead.SIZE,
                  context.options.maxMessageSize()));
    }
    System.arraycopy(payload, 0, encoded, 0, RecordHead.SIZE);
    return encoded;
  }
}
