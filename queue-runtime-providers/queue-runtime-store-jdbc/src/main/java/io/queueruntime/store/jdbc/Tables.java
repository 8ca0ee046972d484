package io.queueruntime.store.jdbc;

import org.jspecify.annotations.Nullable;

/**
 * The tables' names, put into statements as quoted identifiers. Names come from the configuration
 * and were checked there to be letters, digits and underscores; whatever else goes into a statement
 * is a parameter.
 *
 * <p>Immutable.
 */
final class Tables {

  private final String prefix;
  private final @Nullable String schema;

  Tables(JdbcStoreOptions options) {
    this.prefix = options.tablePrefix();
    this.schema = options.databaseSchema();
  }

  /** The statement, with {@code {message_id}} and the like as names of tables. */
  String in(String statement) {
    return statement
        .replace("{version}", qualified("version"))
        .replace("{message_id}", qualified("message_id"))
        .replace("{unit}", qualified("unit"))
        .replace("{session}", qualified("session"))
        .replace("{message}", qualified("message"))
        .replace("{message_id_until}", quoted(prefix + "message_id_until"))
        .replace("{message_ready}", quoted(prefix + "message_ready"));
  }

  private String qualified(String table) {
    String name = quoted(prefix + table);
    return schema == null ? name : quoted(schema) + "." + name;
  }

  private static String quoted(String name) {
    return '"' + name + '"';
  }

  /** For people. */
  @Override
  public String toString() {
    return (schema == null ? "" : schema + ".") + prefix + "*";
  }
}
