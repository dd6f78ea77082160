package dev.runnel.experiments.run;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where a result came from.
 *
 * @param seed what everything random was keyed by
 * @param versions what ran
 * @param machine what it ran on
 * @param data what it learnt from
 * @param git the checkout that ran, or null outside of one
 * @param command the command line's arguments
 * @param started when, in UTC
 * @param resumed steps of the optimiser after which it was gone on with
 */
public record Provenance(long seed, Versions versions, Machine machine, Data data, @Nullable Git git,
    List<String> command, String started, List<Long> resumed) {
  /** Copies the lists. */
  public Provenance {
    command = List.copyOf(command);
    resumed = List.copyOf(resumed);
  }

  /** Versions of Runnel, of Java and of the operating system. */
  public record Versions(String runnel, String java, String os) {}

  /** A processor's name, cores that Java may use, and bytes of memory. */
  public record Machine(String cpu, String architecture, int cores, long memory) {}

  /** A dataset's name and the hash of its content. */
  public record Data(String name, String sha256) {}

  /** A commit, and whether tracked files differed from it. */
  public record Git(String commit, boolean dirty) {}

  /** What holds now, on this machine. */
  public static Provenance of(long seed, Data data, List<String> command) {
    Git git = git(Path.of(System.getProperty("runnel.root", "")));
    return new Provenance(seed, currentVersions(), currentMachine(), data, git, command,
        Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(), List.of());
  }

  /** The same run, gone on with after these steps. */
  public Provenance withResumed(List<Long> steps) {
    return new Provenance(seed, versions, machine, data, git, command, started, steps);
  }

  /** What runs. */
  public static Versions currentVersions() {
    String runnel = Provenance.class.getPackage().getImplementationVersion();
    return new Versions(runnel == null ? "development" : runnel,
        Runtime.version() + " " + System.getProperty("java.vendor"),
        System.getProperty("os.name") + " " + System.getProperty("os.version"));
  }

  /** What it runs on. */
  public static Machine currentMachine() {
    long memory = ManagementFactory.getOperatingSystemMXBean()
        instanceof com.sun.management.OperatingSystemMXBean system ? system.getTotalMemorySize() : 0;
    return new Machine(cpu(), System.getProperty("os.arch"), Runtime.getRuntime().availableProcessors(), memory);
  }

  private static String cpu() {
    Path info = Path.of("/proc/cpuinfo");
    if (Files.isReadable(info)) {
      try (Stream<String> lines = Files.lines(info, StandardCharsets.ISO_8859_1)) {
        return lines.filter(line -> line.startsWith("model name")).findFirst()
            .map(line -> line.substring(line.indexOf(':') + 1).strip()).orElse("unknown");
      } catch (IOException e) {
        return "unknown";
      }
    }
    return "unknown";
  }

  /** The state of the checkout around a folder; null if there is none, or no git. */
  static @Nullable Git git(Path folder) {
    String commit = git(folder, "rev-parse", "HEAD");
    String changes = commit == null ? null : git(folder, "status", "--porcelain", "--untracked-files=no");
    return commit == null || changes == null ? null : new Git(commit.strip(), !changes.isBlank());
  }

  private static @Nullable String git(Path folder, String... arguments) {
    // Neither monitors nor hooks that a checkout's own configuration names are to run.
    var command = Stream.concat(
        Stream.of("git", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "--no-optional-locks"),
        Stream.of(arguments)).toList();
    try {
      Path output = Files.createTempFile("runnel", ".txt");
      try {
        Process process = new ProcessBuilder(command).directory(folder.toAbsolutePath().toFile())
            .redirectOutput(output.toFile()).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        if (!process.waitFor(5, TimeUnit.SECONDS)) {
          process.destroyForcibly();
          return null;
        }
        return process.exitValue() == 0 ? Files.readString(output) : null;
      } finally {
        Files.deleteIfExists(output);
      }
    } catch (IOException e) {
      return null;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return null;
    }
  }
}
