package dev.runnel.experiments.run;

import dev.runnel.experiments.config.Configs;
import dev.runnel.experiments.config.TrialConfig;
import dev.runnel.experiments.store.AtomicFile;
import dev.runnel.experiments.store.Lock;
import dev.runnel.experiments.store.OneLine;
import dev.runnel.experiments.weights.SafeTensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * The folder of one training.
 *
 * <ul>
 *   <li>{@code config.conf}: the resolved config
 *   <li>{@code run.json}: seed, versions, machine, data, git, command line ({@link Provenance})
 *   <li>{@code metrics.arrow}: a row an epoch, rewritten in one step each epoch, so always a whole Arrow file
 *   <li>{@code checkpoint-STEPS.safetensors}: the newest and the one before, with checksums
 *   <li>{@code scans.arrow}: what nonlinear scans did, where the config asks for it ({@link Scans})
 *   <li>{@code weights.safetensors}: the best epoch's parameters
 *   <li>{@code result.json}: the outcome, once there is one
 *   <li>{@code lock}: held by the process that trains here
 * </ul>
 *
 * <p>Every file is replaced in one step ({@link AtomicFile}): a process that is killed leaves the old file or the new.
 */
public final class RunFolder implements AutoCloseable {
  private static final Pattern CHECKPOINT = Pattern.compile("checkpoint-(\\d{1,18})\\.safetensors");
  private static final String STEPS = "steps";
  private static final JsonMapper JSON = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private final Path path;
  private final @Nullable Lock lock;

  private RunFolder(Path path, @Nullable Lock lock) {
    this.path = path;
    this.lock = lock;
  }

  /** A checkpoint and the steps of the optimiser after which it was taken. */
  public record Checkpoint(long steps, SafeTensors content) {}

  /** Makes a run's folder and locks it; one that holds a run already is an error. */
  public static RunFolder create(Path path, TrialConfig config, Provenance provenance) {
    try {
      Path parent = path.toAbsolutePath().getParent();
      if (parent != null) {
        Files.createDirectories(parent);
      }
      if (!Files.isDirectory(path)) {
        Files.createDirectory(path);
      }
      try (Stream<Path> files = Files.list(path)) {
        if (files.map(file -> file.getFileName().toString())
            .anyMatch(name -> !name.equals("lock") && !name.endsWith(AtomicFile.SUFFIX))) {
          throw new IllegalArgumentException(path + ": a new or empty folder expected, came one with files in it;"
              + " give another --out, or --resume it");
        }
      }
    } catch (IOException e) {
      throw AtomicFile.failed(path, "made a run's folder", e);
    }
    RunFolder run = new RunFolder(path, lock(path));
    try {
      run.sweep();
      AtomicFile.replace(run.path.resolve("run.json"), json(provenance));
      AtomicFile.replace(run.path.resolve("config.conf"), Configs.render(config));
      return run;
    } catch (RuntimeException e) {
      run.close();
      throw e;
    }
  }

  /** Locks the folder of a run that was begun, to go on with it. */
  public static RunFolder resume(Path path) {
    RunFolder read = read(path);
    RunFolder run = new RunFolder(read.path, lock(path));
    run.sweep();
    return run;
  }

  /** Looks at a run's folder without locking it. */
  public static RunFolder read(Path path) {
    if (!Files.isRegularFile(path.resolve("config.conf"))) {
      throw new IllegalArgumentException(path + ": a run's folder expected, came "
          + (Files.isDirectory(path) ? "one without config.conf" : "no folder"));
    }
    return new RunFolder(path, null);
  }

  private static Lock lock(Path path) {
    var lock = Lock.take(path.resolve("lock"));
    if (lock == null) {
      throw new IllegalArgumentException(path + ": in use by another process; wait for it or end it");
    }
    return lock;
  }

  /** Removes what a killed process left half-written. */
  private void sweep() {
    try (Stream<Path> files = Files.list(path)) {
      for (Path file : files.filter(f -> f.getFileName().toString().matches("\\..*\\.tmp")).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw AtomicFile.failed(path, "tidied", e);
    }
  }

  /** Where the folder is. */
  public Path path() {
    return path;
  }

  /** The resolved config. */
  public TrialConfig config() {
    return Configs.trial(path.resolve("config.conf").toString(), List.of());
  }

  /** Where the run came from. */
  public Provenance provenance() {
    return json(path.resolve("run.json"), Provenance.class);
  }

  private static <T> T json(Path file, Class<T> type) {
    try {
      return JSON.readValue(Files.readAllBytes(file), type);
    } catch (JacksonException e) {
      throw new IllegalArgumentException(file + ": damaged: " + OneLine.of(e.getOriginalMessage(), "no JSON"), e);
    } catch (IOException e) {
      throw AtomicFile.failed(file, "read", e);
    }
  }

  /** The rows of all epochs so far, to be added to. */
  public Metrics metrics() {
    return Metrics.open(path.resolve("metrics.arrow"));
  }

  /**
   * Writes the checkpoint after so many steps of the optimiser and keeps the one before; older ones go. Returns once it
   * would outlast a loss of power.
   */
  public void writeCheckpoint(long steps, SafeTensors content) {
    requireLock();
    var texts = new TreeMap<>(content.metadata());
    texts.put(STEPS, Long.toString(steps));
    content.withMetadata(texts).withSum().write(checkpoint(steps));
    int kept = 0;
    for (var entry : checkpoints().entrySet()) {
      if (entry.getKey() > steps || ++kept > 2) {
        delete(entry.getValue());
      }
    }
  }

  /**
   * The newest whole checkpoint, or null if none was written. A damaged one is passed over in favour of the one
   * before, saying so; if all are damaged that is an error.
   *
   * @param say is told one line for each damaged checkpoint
   */
  public @Nullable Checkpoint latestCheckpoint(Consumer<String> say) {
    var all = checkpoints();
    String damage = "";
    for (var entry : all.entrySet()) {
      try {
        SafeTensors content = SafeTensors.read(entry.getValue()).checkSum(entry.getValue());
        if (!entry.getKey().toString().equals(content.metadata().get(STEPS))) {
          throw new IllegalArgumentException(entry.getValue() + ": damaged, it is of steps "
              + OneLine.quote(String.valueOf(content.metadata().get(STEPS))));
        }
        return new Checkpoint(entry.getKey(), content);
      } catch (IllegalArgumentException e) {
        damage = OneLine.of(e);
        if (!entry.equals(all.lastEntry())) {
          say.accept(damage + "; taking the checkpoint before it");
        }
      }
    }
    if (!all.isEmpty()) {
      throw new IllegalArgumentException(damage + "; no whole checkpoint is left, train anew in another folder");
    }
    return null;
  }

  /** The file of the checkpoint after so many steps. */
  public Path checkpoint(long steps) {
    return path.resolve("checkpoint-" + steps + ".safetensors");
  }

  /** Checkpoints by steps, newest first. */
  private TreeMap<Long, Path> checkpoints() {
    var found = new TreeMap<Long, Path>(Comparator.reverseOrder());
    try (Stream<Path> files = Files.list(path)) {
      for (Path file : files.toList()) {
        Matcher name = CHECKPOINT.matcher(file.getFileName().toString());
        if (name.matches()) {
          found.put(Long.parseLong(name.group(1)), file);
        }
      }
    } catch (IOException e) {
      throw AtomicFile.failed(path, "listed", e);
    }
    return found;
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw AtomicFile.failed(file, "deleted", e);
    }
  }

  /** Writes the parameters that the run is to be used with. */
  public void writeWeights(SafeTensors weights) {
    requireLock();
    weights.write(path.resolve("weights.safetensors"));
  }

  /** The parameters that the run is to be used with. */
  public SafeTensors weights() {
    Path file = path.resolve("weights.safetensors");
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(file + ": weights expected, came no file; has the run ended an epoch?");
    }
    return SafeTensors.read(file);
  }

  /** Notes in {@code run.json} that the run was gone on with after so many steps. */
  public void noteResumed(long steps) {
    requireLock();
    var resumed = new ArrayList<>(provenance().resumed());
    resumed.add(steps);
    AtomicFile.replace(path.resolve("run.json"), json(provenance().withResumed(resumed)));
  }

  /** Writes the outcome; that it is there says that the run is done. */
  public void writeResult(Map<String, ?> result) {
    requireLock();
    AtomicFile.replace(path.resolve("result.json"), json(result));
  }

  /** What {@link #writeResult} wrote. */
  public JsonNode result() {
    return json(path.resolve("result.json"), JsonNode.class);
  }

  /** Whether the run has written its outcome. */
  public boolean done() {
    return Files.isRegularFile(path.resolve("result.json"));
  }

  private static String json(Object value) {
    return JSON.writeValueAsString(value) + "\n";
  }

  private void requireLock() {
    if (lock == null || !lock.isHeld()) {
      throw new IllegalStateException(path + ": opened to be read, asked to write");
    }
  }

  /** Gives the lock back. */
  @Override
  public void close() {
    if (lock != null) {
      lock.close();
    }
  }
}
