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
 * Leads the management client to an emulator: the SDK always asks {@code https://<host>/}, and
 * drops the endpoint's port. Immutable and thread-safe.
 */
record PlainHttp(URI endpoint) implements HttpPipelinePolicy {

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
