package io.queueruntime.servicebus;

import com.azure.core.http.HttpPipelineCallContext;
import com.azure.core.http.HttpPipelineNextPolicy;
import com.azure.core.http.HttpPipelineNextSyncPolicy;
import com.azure.core.http.HttpResponse;
import com.azure.core.http.policy.HttpPipelinePolicy;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import reactor.core.publisher.Mono;

/**
 * Leads Azure's administration client to an emulator: by itself it always asks {@code
 * https://<host>/}, and drops the endpoint's port. The provider adds it when a management endpoint
 * is configured; a client of one's own gets it by {@code
 * ServiceBusAdministrationClientBuilder.addPolicy}.
 *
 * <p>Immutable and thread-safe.
 *
 * @param endpoint where the emulator's management API is, e.g. {@code http://127.0.0.1:5300}
 */
public record PlainHttpPolicy(URI endpoint) implements HttpPipelinePolicy {

  @Override
  public Mono<HttpResponse> process(HttpPipelineCallContext call, HttpPipelineNextPolicy next) {
    redirect(call);
    return next.process();
  }

  @Override
  public HttpResponse processSync(HttpPipelineCallContext call, HttpPipelineNextSyncPolicy next) {
    redirect(call);
    return next.processSync();
  }

  private void redirect(HttpPipelineCallContext call) {
    URL asked = call.getHttpRequest().getUrl();
    try {
      call.getHttpRequest()
          .setUrl(
              new URL(
                  endpoint.getScheme(), endpoint.getHost(), endpoint.getPort(), asked.getFile()));
    } catch (MalformedURLException e) {
      throw new IllegalStateException("Cannot lead " + asked + " to " + endpoint + ".", e);
    }
  }
}
