package dev.runnel.build;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** README.md and {@code .ci/run}, which runs what README.md says. */
final class ReadmeTest {
  private static final String NO_GPU =
      "== without TornadoVM (TORNADOVM_HOME is not set): GPU kernels run on an emulator|";

  private static final Pattern LINK = Pattern.compile("]\\(([^)#:]+)(#[^)]*)?\\)");

  @TempDir Path folder;

  @Test
  void linksLeadToFiles() {
    var readme = Repository.root().resolve("README.md");
    assumeTrue(Files.exists(readme), "no README.md yet");
    LINK.matcher(Repository.read(readme))
        .results()
        .map(link -> link.group(1))
        .forEach(link -> assertTrue(Files.exists(Repository.root().resolve(link)), "README.md: no " + link));
  }

  @Test
  void itsCommandsAreMarked() {
    var readme = Repository.root().resolve("README.md");
    assumeTrue(Files.exists(readme), "no README.md yet");
    var lines = Repository.read(readme).lines().toList();
    for (var marker : new String[] {"<!-- ci:test -->", "<!-- ci:main -->"}) {
      int at = lines.indexOf(marker);
      assertTrue(at >= 0, "README.md: expected " + marker);
      assertTrue(lines.get(at + 1).startsWith("```"), "README.md: expected a fence after " + marker);
      assertEquals("```", lines.get(at + 3), "README.md: expected one command after " + marker);
    }
  }

  @Test
  void runsTheTestCommandThenTheMainCommandInItsQuickestForm() throws Exception {
    var readme =
        """
        <!-- ci:main -->
        ```sh
        echo main
        ```
        <!-- ci:test -->
        ```sh
        echo tests
        ```
        ```sh
        echo another
        ```
        """;
    assertEquals(
        "0 " + NO_GPU + "== echo tests|tests|== echo main --set train.epochs=1|main --set train.epochs=1|", run(readme));
  }

  @Test
  void aFailureEndsTheRun() throws Exception {
    var readme = "<!-- ci:main -->\n```\necho main\n```\n<!-- ci:test -->\n```\nfalse\n```\n";
    assertEquals("1 " + NO_GPU + "== false|", run(readme));
  }

  @Test
  void missingMarkersAreOneLine() throws Exception {
    var expected = "1 README.md: expected <!-- ci:%s --> on the line before a fenced block with a command, found none|";
    assertEquals(expected.formatted("test"), run("nothing"));
    assertEquals(expected.formatted("main"), run("<!-- ci:test -->\n```\ntrue\n```\n"));
  }

  /** Exit code and output, a bar at the end of each line. */
  private String run(String readme) throws IOException, InterruptedException {
    var script = folder.resolve(".ci/run");
    Files.createDirectories(script.getParent());
    Files.writeString(script, Repository.read(Repository.root().resolve(".ci/run")));
    Files.writeString(folder.resolve("README.md"), readme);
    var builder = new ProcessBuilder("bash", script.toString()).redirectErrorStream(true);
    builder.environment().remove("TORNADOVM_HOME");
    var process = builder.start();
    var output = new String(process.getInputStream().readAllBytes(), UTF_8);
    return process.waitFor() + " " + output.replace("\n", "|");
  }
}
