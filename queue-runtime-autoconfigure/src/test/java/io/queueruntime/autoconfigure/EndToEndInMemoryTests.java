package io.queueruntime.autoconfigure;

import org.springframework.test.context.TestPropertySource;

/** The scenarios without files. */
@TestPropertySource(properties = "queue-runtime.embedded.durability=memory")
class EndToEndInMemoryTests extends EndToEndScenarios {}
