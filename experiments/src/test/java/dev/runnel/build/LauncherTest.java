package dev.runnel.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./runnel} in a made-up checkout, with a JDK and a Maven that only tell what they were asked. */
final class LauncherTest {
  private static final List<String> TOOLS =
      List.of("sh", "cat", "dirname", "find", "grep", "head", "mkdir", "mv", "readlink", "rm", "sleep", "touch");

  @TempDir Path folder;
  private Path root;
  private Path jdk;
  private Path tools;

  @BeforeEach
  void makeCheckout() throws IOException {
    folder = folder.toRealPath();
    root = Files.createDirectories(folder.resolve("a checkout"));
    for (var module : Repository.MODULES) {
      write(root.resolve(module).resolve("pom.xml"), "");
      write(root.resolve(module).resolve("src/main/java/A.java"), "");
    }
    write(root.resolve("pom.xml"), "");
    write(root.resolve(".mvn/maven.config"), "");
    write(root.resolve("jvm.args"), "");
    // Only what the test lays out counts as installed.
    var script = Repository.read(Repository.root().resolve("runnel"));
    for (var place : List.of("/usr/lib/jvm/", "/opt/", "/usr/java/", "/Library/")) {
      assertTrue(script.contains(place), place);
      script = script.replace(place, "/nowhere/");
    }
    executable(root.resolve("runnel"), script);

    jdk = folder.resolve("home/.jdks/twenty-five");
    write(jdk.resolve("release"), "JAVA_VERSION=\"25.0.1\"\n");
    executable(jdk.resolve("bin/javac"), "#!/bin/sh\n");
    executable(jdk.resolve("bin/java"), "#!/bin/sh\nfor a in \"$@\"; do printf '%s\\n' \"$a\"; done\n");
    tools = Files.createDirectories(folder.resolve("tools"));
    for (var tool : TOOLS) {
      var found =
          List.of("/bin", "/usr/bin").stream().map(bin -> Path.of(bin, tool)).filter(Files::exists).findFirst();
      executable(tools.resolve(tool), "#!/bin/sh\nexec " + found.orElseThrow() + " \"$@\"\n");
    }
  }

  @Test
  void buildsOnceThenRuns() throws Exception {
    installMaven("exit 0");
    var first = run(root, "./runnel", "train", "@args", "two words");
    assertEquals(0, first.code, first.err);
    var lines = first.out.lines().toList();
    assertEquals("@" + root + "/jvm.args", lines.getFirst());
    assertEquals(List.of("dev.runnel.experiments.cli.Main", "train", "@args", "two words"), last(lines, 4));
    assertTrue(lines.get(3).startsWith(root + "/experiments/target/classes:"), lines.get(3));
    assertFalse(first.out.contains("noise"), "the build wrote to standard output");

    assertEquals("", run(root, "./runnel").err);
    assertEquals(1, builds());
  }

  @Test
  void buildsAgainWhenASourceIsNewerOrGoneOrClassesAreMissing() throws Exception {
    installMaven("exit 0");
    run(root, "./runnel");
    var source = root.resolve("models/src/main/java/A.java");
    Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(1)));
    run(root, "./runnel");
    assertEquals(2, builds());

    Files.delete(source);
    Files.setLastModifiedTime(source.getParent(), FileTime.from(Instant.now().plusSeconds(1)));
    run(root, "./runnel");
    assertEquals(3, builds());

    Files.setLastModifiedTime(source.getParent(), FileTime.from(Instant.now().minusSeconds(100)));
    run(root, "./runnel");
    int settled = builds();
    Files.delete(root.resolve("datasets/target/classes"));
    run(root, "./runnel");
    assertEquals(settled + 1, builds());
  }

  @Test
  void runsThroughALinkFromAnyFolder() throws Exception {
    installMaven("exit 0");
    var bin = Files.createDirectories(folder.resolve("bin"));
    Files.createSymbolicLink(bin.resolve("relative"), Path.of("../a checkout/runnel"));
    Files.createSymbolicLink(bin.resolve("link"), bin.resolve("relative"));
    var result = run(bin, "./link", "doctor");
    assertEquals(0, result.code, result.err);
    assertEquals("@" + root + "/jvm.args", result.out.lines().findFirst().orElse(""));
  }

  @Test
  void twoFirstUsesBuildOnce() throws Exception {
    installMaven("sleep 1");
    var first = start(root, "./runnel");
    var second = start(root, "./runnel");
    assertEquals(0, first.waitFor());
    assertEquals(0, second.waitFor());
    assertEquals(1, builds());
    assertFalse(Files.exists(root.resolve("target/runnel.lock")));
  }

  @Test
  void aLockWhoseOwnerIsGoneIsTakenAway() throws Exception {
    installMaven("exit 0");
    var gone = start(folder, "sh", "-c", "exit 0");
    gone.waitFor();
    write(root.resolve("target/runnel.lock/pid"), gone.pid() + "\n");
    assertEquals(0, run(root, "./runnel").code);
    assertEquals(1, builds());
  }

  @Test
  void withoutJdkOneLineTellsHowToGetIt() throws Exception {
    write(jdk.resolve("release"), "JAVA_VERSION=\"17.0.15\"\n");
    installMaven("exit 0");
    var result = run(root, "./runnel", "train");
    assertEquals(2, result.code);
    assertEquals("", result.out);
    assertEquals(1, result.err.lines().count(), result.err);
    assertTrue(result.err.startsWith("runnel: Java: expected a JDK 25"), result.err);
  }

  @Test
  void withoutMavenOneLineTellsHowToGetIt() throws Exception {
    var result = run(root, "./runnel", "train");
    assertEquals(2, result.code);
    assertEquals("", result.out);
    assertEquals(1, result.err.lines().count(), result.err);
    assertTrue(result.err.startsWith("runnel: Maven: expected mvn on PATH"), result.err);
  }

  @Test
  void aFailedBuildIsTriedAgain() throws Exception {
    installMaven("exit 1");
    var failed = run(root, "./runnel");
    assertEquals(1, failed.code);
    assertTrue(failed.err.contains("runnel: the build failed"), failed.err);
    installMaven("exit 0");
    assertEquals(0, run(root, "./runnel").code);
  }

  private void installMaven(String end) throws IOException {
    executable(
        tools.resolve("mvn"),
        """
        #!/bin/sh
        echo noise
        echo build >>"%s"
        for module in autodiff ssm-core models datasets experiments; do mkdir -p $module/target/classes; done
        echo "%s" >experiments/target/classpath.txt
        %s
        """
            .formatted(folder.resolve("builds"), root.resolve("jvm.args"), end));
  }

  private int builds() throws IOException {
    return Files.readAllLines(folder.resolve("builds")).size();
  }

  private Process start(Path where, String... command) throws IOException {
    var builder = new ProcessBuilder(command).directory(where.toFile());
    builder.redirectError(Files.createTempFile(folder, "err", "").toFile());
    builder.redirectOutput(Files.createTempFile(folder, "out", "").toFile());
    setEnvironment(builder.environment());
    return builder.start();
  }

  private Result run(Path where, String... command) throws IOException, InterruptedException {
    var out = Files.createTempFile(folder, "out", "");
    var err = Files.createTempFile(folder, "err", "");
    var builder = new ProcessBuilder(command).directory(where.toFile());
    setEnvironment(builder.environment());
    var process = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    return new Result(process.waitFor(), Files.readString(out), Files.readString(err));
  }

  private void setEnvironment(Map<String, String> environment) {
    environment.clear();
    environment.put("PATH", tools.toString());
    environment.put("HOME", folder.resolve("home").toString());
  }

  private static <T> List<T> last(List<T> list, int n) {
    return new ArrayList<>(list.subList(list.size() - n, list.size()));
  }

  private static void write(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private static void executable(Path file, String text) throws IOException {
    write(file, text);
    assertTrue(file.toFile().setExecutable(true));
  }

  private record Result(int code, String out, String err) {}
}
