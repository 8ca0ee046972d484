package io.queueruntime.servicebus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.queueruntime.QueueRuntimeException.ConfigurationInvalid;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServiceBusConnectionStringTests {

  private static final String SECRET = "c2VjcmV0+key/with=padding==";
  private static final String TEXT =
      "Endpoint=sb://Orders.servicebus.windows.net/;SharedAccessKeyName=app;SharedAccessKey="
          + SECRET;

  @Test
  void aKeyMayEndInEqualsSigns() {
    ServiceBusConnectionString parsed = ServiceBusConnectionString.parse(TEXT);

    assertThat(parsed.host()).isEqualTo("orders.servicebus.windows.net");
    assertThat(parsed.port()).isEmpty();
    assertThat(parsed.entityPath()).isEmpty();
    assertThat(parsed.isForEmulator()).isFalse();
    assertThat(parsed.secretText()).endsWith("SharedAccessKey=" + SECRET);
  }

  @Test
  void keysAreComparedWithoutRegardToCase() {
    ServiceBusConnectionString parsed =
        ServiceBusConnectionString.parse(
            " endpoint=sb://localhost:5672; SHAREDACCESSKEYNAME=a ;sharedaccesskey=b;usedevelopmentemulator=TRUE; ");

    assertThat(parsed.port()).contains(5672);
    assertThat(parsed.isForEmulator()).isTrue();
    assertThat(parsed.secretText()).contains("SharedAccessKeyName=a");
  }

  @Test
  void theManagementClientIsGivenNoEntityPath() {
    ServiceBusConnectionString parsed =
        ServiceBusConnectionString.parse(TEXT + ";EntityPath=orders/eu");

    assertThat(parsed.entityPath()).contains("orders/eu");
    assertThat(parsed.secretText()).contains("EntityPath=orders/eu");
    assertThat(parsed.secretTextOfNamespace()).doesNotContain("EntityPath").contains(SECRET);
  }

  @Test
  void nothingShownHoldsTheSecret() {
    assertThat(ServiceBusConnectionString.parse(TEXT).toString()).doesNotContain(SECRET);
    assertThat(ServiceBusOptions.connectionString(TEXT).toString()).doesNotContain(SECRET);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'' | it needs SharedAccessKeyName",
        "SharedAccessKeyName=a;SharedAccessKey=s3cret | it has no Endpoint",
        "Endpoint=sb://host/;SharedAccessKeyName=a | it needs SharedAccessKeyName",
        "Endpoint=https://host/;SharedAccessKeyName=a;SharedAccessKey=s3cret | not of the form sb://",
        "Endpoint=sb://host/;SharedAccessKeyName=a;SharedAccessKey=s3cret;Password=s3cret | key of its part 4",
        "Endpoint=sb://host/;SharedAccessKeyName=a;SharedAccessKey=s3cret;s3cret | part 4 has no '='",
        "Endpoint=sb://host/;Endpoint=sb://s3cret/;SharedAccessKeyName=a | the key Endpoint twice"
      })
  void whatIsWrongIsToldWithoutAnyValue(String text, String told) {
    assertThatThrownBy(() -> ServiceBusConnectionString.parse(text))
        .isInstanceOf(ConfigurationInvalid.class)
        .hasMessageContaining(told)
        .message()
        .doesNotContain("s3cret");
  }
}
