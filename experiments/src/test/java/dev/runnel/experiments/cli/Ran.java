package dev.runnel.experiments.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a command gave: its exit code and what it wrote. */
record Ran(int code, String out, String err) {

  /** Runs a command in this process. */
  static Ran here(String... arguments) {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    int code =
        Main.run(new Console(new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8), false), arguments);
    return new Ran(code, out.toString(UTF_8), err.toString(UTF_8));
  }

  /** A command of this process's class path and jvm.args in a process of its own, not yet started. */
  static ProcessBuilder process(Path folder, List<String> flags, String... arguments) {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("@" + Path.of(System.getProperty("runnel.root"), "jvm.args"));
    command.addAll(flags);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command)
        .redirectOutput(folder.resolve("child.out").toFile())
        .redirectError(folder.resolve("child.err").toFile());
  }

  /** Runs a command in a process of its own, to its end. */
  static Ran apart(Path folder, List<String> flags, String... arguments) throws IOException, InterruptedException {
    var process = process(folder, flags, arguments).start();
    try {
      assertThat(process.waitFor(5, TimeUnit.MINUTES)).as("ends within minutes").isTrue();
    } finally {
      process.destroyForcibly();
    }
    var err = Files.readString(folder.resolve("child.err"))
        .replace("WARNING: Using incubator modules: jdk.incubator.vector" + System.lineSeparator(), ""); // of Java
    return new Ran(process.exitValue(), Files.readString(folder.resolve("child.out")), err);
  }

  /** Its JSON, which is all that it wrote to standard output. */
  JsonNode json() {
    assertThat(code).as(err).isZero();
    assertThat(out.lines()).as(out).hasSize(1);
    return JsonMapper.shared().readTree(out);
  }

  /** One line that says so, and nothing else. */
  void refuses(int expected, String... says) {
    assertThat(err).contains(says).doesNotContain("Exception").doesNotContain("\tat ");
    assertThat(err.lines()).as(err).hasSize(1);
    assertThat(out).isEmpty();
    assertThat(code).as(err).isEqualTo(expected);
  }
}
