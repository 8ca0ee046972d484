package io.queueruntime.servicebus.emulator.http;

import com.azure.core.http.policy.HttpPipelinePolicy;
import com.azure.messaging.servicebus.administration.ServiceBusAdministrationClient;
import com.azure.messaging.servicebus.administration.ServiceBusAdministrationClientBuilder;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;

/** Azure's administration client, sent to an emulator's plain HTTP by a step of its pipeline. */
public final class PlainHttp {

  private PlainHttp() {}

  public static ServiceBusAdministrationClient client(String connectionString, URI endpoint) {
    HttpPipelinePolicy plain =
        (context, next) -> {
          URL url = context.getHttpRequest().getUrl();
          try {
            context
                .getHttpRequest()
                .setUrl(new URL("http", url.getHost(), endpoint.getPort(), url.getFile()));
          } catch (MalformedURLException impossible) {
            throw new IllegalStateException(impossible);
          }
          return next.process();
        };
    return new ServiceBusAdministrationClientBuilder()
        .connectionString(connectionString)
        .addPolicy(plain)
        .buildClient();
  }
}
