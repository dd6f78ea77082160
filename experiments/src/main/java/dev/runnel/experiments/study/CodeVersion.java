package dev.runnel.experiments.study;

import dev.runnel.experiments.store.AtomicFile;
import dev.runnel.experiments.store.OneLine;
import dev.runnel.experiments.store.Sha256;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * The code that numbers depend on: what is on the class path, but for the parts of Runnel that only show, store or
 * schedule. Two builds of the same sources in different folders are the same version.
 *
 * @param files the hash of each file by its name on the class path; of a library's jar its size
 */
public record CodeVersion(Map<String, String> files) {
  private static final Pattern NO_NUMBERS = Pattern.compile(
      "dev/runnel/experiments/(bench|cli|query|report|run|statistics|store|study|weights)/.*"
          + "|(configs|studies|tables)/.*|META-INF/(maven/.*|MANIFEST\\.MF)|.*/package-info\\.class");
  private static final JsonMapper JSON = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  /** Copies the map, in the order of names. */
  public CodeVersion {
    files = Collections.unmodifiableMap(new TreeMap<>(files));
  }

  /** Asked for once. */
  private static final class Running {
    static final CodeVersion NOW = of(System.getProperty("java.class.path"));
  }

  /** Of this process. */
  public static CodeVersion current() {
    return Running.NOW;
  }

  /** Of a class path. */
  static CodeVersion of(String classPath) {
    var files = new TreeMap<String, String>();
    for (String entry : classPath.split(Pattern.quote(File.pathSeparator))) {
      Path place = Path.of(entry);
      String name = String.valueOf(place.getFileName());
      try {
        if (Files.isDirectory(place)) {
          add(files, place);
        } else if (name.matches("runnel-.*\\.jar")) {
          try (var jar = FileSystems.newFileSystem(place)) {
            add(files, jar.getPath("/"));
          }
        } else if (Files.isRegularFile(place)) {
          files.put(name, Files.size(place) + " bytes");
        }
      } catch (IOException e) {
        throw AtomicFile.failed(place, "read", e);
      }
    }
    return new CodeVersion(files);
  }

  private static void add(Map<String, String> files, Path root) throws IOException {
    Predicate<String> counts = NO_NUMBERS.asMatchPredicate().negate();
    try (Stream<Path> all = Files.walk(root)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        String name = root.relativize(file).toString().replace(File.separatorChar, '/');
        if (counts.test(name)) {
          // Several entries may have a file of this name, in this order.
          files.merge(name, Sha256.of(file), (one, other) -> Sha256.of(one + other));
        }
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /** The hash of all. */
  public String hash() {
    return Sha256.of(files.toString());
  }

  /** Keeps the names and hashes in a study's folder, under their hash. */
  void write(Path study) {
    Path file = file(study, hash());
    if (!Files.exists(file)) {
      try {
        Files.createDirectories(file.getParent());
      } catch (IOException e) {
        throw AtomicFile.failed(file, "made", e);
      }
      AtomicFile.replace(file, JSON.writeValueAsString(files) + "\n");
    }
  }

  /** The version of a hash, as {@link #write} kept it. */
  static CodeVersion read(Path study, String hash) {
    Path file = file(study, hash);
    try {
      return new CodeVersion(JSON.readValue(Files.readAllBytes(file), new TypeReference<Map<String, String>>() {}));
    } catch (JacksonException e) {
      throw new IllegalArgumentException(
          file + ": damaged: " + OneLine.of(e.getOriginalMessage(), "no JSON") + "; remove it", e);
    } catch (IOException e) {
      throw AtomicFile.failed(file, "read", e);
    }
  }

  private static Path file(Path study, String hash) {
    return study.resolve("code").resolve(hash + ".json");
  }
}
