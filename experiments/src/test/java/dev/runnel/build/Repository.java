package dev.runnel.build;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The checkout that is being built. */
final class Repository {
  static final List<String> MODULES = List.of("autodiff", "ssm-core", "models", "datasets", "experiments");

  private Repository() {}

  static Path root() {
    var given = System.getProperty("runnel.root");
    if (given != null) {
      return Path.of(given);
    }
    var folder = Path.of("").toAbsolutePath();
    while (!Files.exists(folder.resolve("jvm.args"))) {
      folder = folder.getParent();
    }
    return folder;
  }

  static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Files under a folder that end so, in order; none if there is no folder. */
  static List<Path> files(Path folder, String suffix) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(file -> file.toString().endsWith(suffix) && Files.isRegularFile(file)).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
