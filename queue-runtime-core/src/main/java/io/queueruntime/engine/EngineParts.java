package io.queueruntime.engine;

import io.queueruntime.QueueRuntimeException;
import java.util.List;
import java.util.function.Consumer;

/**
 * The parts of one engine that decide, put together once.
 *
 * <p>Confined to the engine thread.
 */
record EngineParts(
    EngineContext context,
    Quarantine quarantine,
    Routing routing,
    Returns returns,
    Sessions sessions,
    LockLoss lockLoss,
    Sending sending,
    Deliveries deliveries,
    MessageViews views,
    Settling settling,
    Transactions transactions,
    DeadLettering deadLettering,
    Queues queues,
    Purging purging,
    Snapshotting snapshotting,
    Cleaning cleaning) {

  static EngineParts of(EngineContext context, RecordStore records) {
    Intake intake = new Intake(context);
    Quarantine quarantine = new Quarantine(context);
    Routing routing = new Routing(context, intake, quarantine);
    Returns returns = new Returns(context, routing);
    Sessions sessions = new Sessions(context, returns);
    Sending sending = new Sending(context, returns, intake, routing);
    Settling settling = new Settling(context, returns, sessions, new HeaderEdits(context));
    MessageViews views = new MessageViews(context);
    return new EngineParts(
        context,
        quarantine,
        routing,
        returns,
        sessions,
        new LockLoss(context, returns, sessions),
        sending,
        new Deliveries(context, returns, routing, quarantine, views),
        views,
        settling,
        new Transactions(context, sending, settling),
        new DeadLettering(context, returns, routing, new HeaderEdits(context)),
        new Queues(context, routing),
        new Purging(context, returns),
        new Snapshotting(context, records),
        new Cleaning(context, records));
  }

  /** The engine closes in order: each who waits gets the answer for that. */
  void endAllWaiting() {
    forAllWaiting(Waiting::closed);
    purging.end(reply -> reply.failure(EngineLoop.closedError()));
  }

  /** The engine has failed: nobody waits for nothing. */
  void failAllWaiting(QueueRuntimeException why) {
    forAllWaiting(wait -> wait.reply.fail(why));
    purging.end(reply -> reply.fail(why));
  }

  private void forAllWaiting(Consumer<Waiting<?>> answer) {
    for (QueueState queue : List.copyOf(context.state.queues())) {
      end(queue.traffic.sendWaits, answer);
      end(queue.traffic.nextSessionWaits, answer);
      end(queue.plain.waits(), answer);
      end(queue.deadLane.waits(), answer);
      for (Session session : List.copyOf(queue.sessions.values())) {
        if (session.hasWaits()) {
          end(session.waits(), answer);
        }
        if (session.hasAcceptWaits()) {
          end(session.acceptWaits(), answer);
        }
      }
    }
  }

  private void end(Waits<?> waits, Consumer<Waiting<?>> answer) {
    for (Waiting<?> wait : waits.open()) {
      context.served(wait);
      answer.accept(wait);
    }
  }
}
