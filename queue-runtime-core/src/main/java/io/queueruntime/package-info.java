/**
 * Queues for Spring Boot: one annotated method, any broker. How the packages lean on each other:
 *
 * <pre>
 * application ──► template   listener ◄── autoconfigure (everything Spring)
 *                    │  └─► converter ◄─┘ │
 *                    ▼          │         ▼
 *                 provider  (the port)  ◄──────── servicebus   rabbitmq   kafka
 *                    ▲                                             └────┬────┘
 *                 embedded ──► engine ──► journal ──► storage     provider.front
 *                                ▲           ▲                          ▼
 *                     servicebus.emulator    └── store.embedded ──►   store  ◄── store.jdbc
 *                                                                              (message is below all of them)
 * </pre>
 */
@NullMarked
package io.queueruntime;

import org.jspecify.annotations.NullMarked;
