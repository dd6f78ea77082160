package dev.runnel.experiments.study;

import dev.runnel.experiments.store.AtomicFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** What happened to a trial: a line of JSON an event, only ever added to. */
final class Journal {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Path file;

  Journal(Path file) {
    this.file = file;
  }

  /**
   * An event.
   *
   * @param time in UTC
   * @param state that the trial came to
   * @param process who says so: {@code host:pid}
   * @param why one line, where there is something to say
   * @param epochs whole epochs that were done, where the trial was paused or given up
   */
  record Event(String time, State state, String process, @Nullable String why, int epochs) {}

  /** All events so far; a last line that was cut off by a kill is none. */
  List<Event> events() {
    if (!Files.exists(file)) {
      return List.of();
    }
    try {
      var events = new ArrayList<Event>();
      for (String line : Files.readString(file).split("\n")) {
        try {
          events.add(JSON.readValue(line, Event.class));
        } catch (JacksonException e) {
          continue;
        }
      }
      return events;
    } catch (IOException e) {
      throw AtomicFile.failed(file, "read", e);
    }
  }

  /** Adds an event; it is on disk when this returns. */
  void add(State state, @Nullable String why, int epochs) {
    String time = Instant.now().truncatedTo(ChronoUnit.MILLIS).toString();
    // A line begins with a line break, so that one that a kill cut off spoils no other.
    String line = "\n" + JSON.writeValueAsString(new Event(time, state, process(), why, epochs)) + "\n";
    try (var channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND)) {
      var bytes = ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    } catch (IOException e) {
      throw AtomicFile.failed(file, "written", e);
    }
  }

  /** This process, as events name it. */
  static String process() {
    return Host.NAME + ":" + ProcessHandle.current().pid();
  }

  /** Whether a process that an event names is one of this machine that has ended. */
  static boolean isGone(String process) {
    int colon = process.lastIndexOf(':');
    try {
      return process.substring(0, Math.max(0, colon)).equals(Host.NAME)
          && ProcessHandle.of(Long.parseLong(process.substring(colon + 1))).isEmpty();
    } catch (NumberFormatException e) {
      return false;
    }
  }

  /** This machine's name, asked for once. */
  private static final class Host {
    static final String NAME = name();

    private static String name() {
      Path kernel = Path.of("/proc/sys/kernel/hostname");
      try {
        if (Files.isReadable(kernel)) {
          return Files.readString(kernel).strip();
        }
      } catch (IOException e) {
        return "local";
      }
      String said = System.getenv("COMPUTERNAME");
      return said == null ? "local" : said;
    }
  }
}
