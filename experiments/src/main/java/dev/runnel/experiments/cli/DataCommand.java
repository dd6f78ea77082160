package dev.runnel.experiments.cli;

import dev.runnel.autodiff.memory.Memory;
import dev.runnel.datasets.Dataset;
import dev.runnel.datasets.Storage;
import dev.runnel.datasets.format.Formats;
import dev.runnel.datasets.format.Layout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "data", description = "Datasets: describe, convert, generate, download.", synopsisSubcommandLabel = "COMMAND")
final class DataCommand {

  /** The command with its own commands. */
  static CommandLine of(Common common) {
    return new CommandLine(new DataCommand())
        .addSubcommand(new DataDescribe(common))
        .addSubcommand(new DataConvert(common))
        .addSubcommand(new DataGenerate(common))
        .addSubcommand(new DataDownload(common));
  }

  /** A file of any format. */
  static Dataset read(BufferAllocator allocator, Path file, @Nullable Path layout) {
    return Formats.standard().read(
        allocator, file, layout == null ? null : Layout.read(layout), Storage.standard());
  }

  /** The dataset that a command is about. */
  static final class Chosen {
    @Parameters(index = "0", paramLabel = "NAME|FILE", description = "A dataset's name, a file, or a folder of sounds.")
    private String what = "";

    @Option(names = "--data", paramLabel = "DIR", description = "Where datasets lie.")
    private @Nullable Path data;

    @Option(names = "--layout", paramLabel = "FILE", description = "How a table is laid out, as JSON.")
    private @Nullable Path layout;

    String what() {
      return what;
    }

    @Nullable Path folder() {
      return data;
    }

    /** Loads it, and closes it when done. */
    void with(Common common, Consumer<Dataset> use) {
      Path file = path();
      try (var allocator = Memory.exact();
          var dataset = file == null ? common.catalogue(data).load(what, allocator, Storage.standard())
              : read(allocator, file, layout)) {
        use.accept(dataset);
      }
    }

    /** The file that is meant, or null when it is a name. */
    private @Nullable Path path() {
      boolean path = what.contains("/") || what.contains(".") || layout != null;
      return path && Files.exists(Path.of(what)) ? Path.of(what) : path ? missing() : null;
    }

    private Path missing() {
      throw new IllegalArgumentException(what + ": no such file");
    }
  }
}
