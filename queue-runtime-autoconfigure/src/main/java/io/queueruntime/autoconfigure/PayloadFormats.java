package io.queueruntime.autoconfigure;

import com.google.protobuf.MessageLite;
import io.queueruntime.converter.MessageConverter;
import org.msgpack.core.MessagePack;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import tools.jackson.dataformat.cbor.CBORMapper;

/**
 * The formats that a library on the class path brings: CBOR, MessagePack and Protobuf, each by its
 * content type.
 */
@Configuration(proxyBeanMethods = false)
@Import({PayloadFormats.Cbor.class, PayloadFormats.Packed.class, PayloadFormats.Protobuf.class})
class PayloadFormats {

  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(CBORMapper.class)
  static class Cbor {
    @Bean
    PayloadFormat queueCborFormat(ObjectProvider<CBORMapper> cbor) {
      return (json, types) ->
          MessageConverter.cbor(
              cbor.getIfUnique(() -> CBORMapper.builder().findAndAddModules().build()), types);
    }
  }

  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(MessagePack.class)
  static class Packed {
    @Bean
    PayloadFormat queueMessagePackFormat() {
      return MessageConverter::messagePack;
    }
  }

  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(MessageLite.class)
  static class Protobuf {
    @Bean
    PayloadFormat queueProtobufFormat() {
      return (json, types) -> MessageConverter.protobuf(types);
    }
  }
}
