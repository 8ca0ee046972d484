package io.queueruntime.provider.front;

import io.queueruntime.message.SequenceNumber;
import io.queueruntime.message.SessionId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The lanes of a front that are in use. Confined to its front's mutex. */
final class Lanes {

  private final Map<Optional<SessionId>, Lane> lanes = new HashMap<>();

  /** The lane of a session, or the only one; made when there is none. */
  Lane of(@Nullable SessionId session) {
    return lanes.computeIfAbsent(Optional.ofNullable(session), id -> new Lane(session));
  }

  /** All there are now, so that lanes may come and go meanwhile. */
  List<Lane> all() {
    return List.copyOf(lanes.values());
  }

  void dropIfUnused(Lane lane) {
    if (lane.isUnused()) {
      lanes.remove(Optional.ofNullable(lane.session), lane);
    }
  }

  /** All messages that are here. */
  List<Holding> held() {
    List<Holding> held = new ArrayList<>();
    for (Lane lane : lanes.values()) {
      held.addAll(lane.waiting.values());
      held.addAll(lane.locked.values());
    }
    return held;
  }

  /** How many of them a receiver has. */
  int locked() {
    return lanes.values().stream().mapToInt(lane -> lane.locked.size()).sum();
  }

  /** Takes out those that nobody holds. */
  List<Holding> takeOut(Predicate<SequenceNumber> which) {
    List<Holding> taken = new ArrayList<>();
    for (Lane lane : all()) {
      for (Holding holding : List.copyOf(lane.waiting.values())) {
        if (which.test(holding.message().sequenceNumber())) {
          lane.waiting.remove(holding.place());
          holding.cancelAlarm();
          taken.add(holding);
        }
      }
      dropIfUnused(lane);
    }
    return taken;
  }
}
