package dev.runnel.experiments.config;

import dev.runnel.experiments.store.OneLine;

/** What records of a config say of a value out of range: {@code KEY: expected, came}. */
final class Check {
  private Check() {}

  static void that(String key, boolean holds, String expected, Object came) {
    if (!holds) {
      throw new IllegalArgumentException(key + ": " + expected + " expected, came "
          + (came instanceof String text ? OneLine.quote(text) : came));
    }
  }

  static void between(String key, long value, long least, long most) {
    that(key, value >= least, "at least " + least, value);
    that(key, value <= most, "at most " + most, value);
  }

  static void name(String key, String value) {
    that(key, !value.isBlank() && value.length() <= 200 && value.chars().noneMatch(Character::isISOControl),
        "a name", value);
  }
}
