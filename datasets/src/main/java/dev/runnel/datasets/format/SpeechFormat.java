package dev.runnel.datasets.format;

import dev.runnel.datasets.DatasetBuilder;
import dev.runnel.datasets.Origin;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Folders of sounds: Speech Commands, a folder of {@code .wav} files a word with {@code validation_list.txt} and
 * {@code testing_list.txt}; or one folder of {@code .wav} files without labels. Folders whose name begins with
 * {@code _} (background noise) are left out; sounds come in order of their names.
 */
public final class SpeechFormat implements Format {
  private static final String VALIDATION = "validation_list.txt";
  private static final String TESTING = "testing_list.txt";

  @Override
  public String name() {
    return "speech";
  }

  @Override
  public List<String> suffixes() {
    return List.of();
  }

  @Override
  public boolean reads(Path file) {
    return Files.isDirectory(file) && (!sounds(file).isEmpty() || !words(file).isEmpty());
  }

  @Override
  public @Nullable Path find(Path folder, String name, Part part) {
    return switch (part) {
      case TRAIN -> Files.isDirectory(folder) && !words(folder).isEmpty() ? folder : null;
      case VALIDATION -> Format.plainOrZipped(folder.resolve(VALIDATION));
      case TEST -> Format.plainOrZipped(folder.resolve(TESTING));
      case PARTIAL -> Files.isDirectory(folder) && !sounds(folder).isEmpty() ? folder : null;
    };
  }

  @Override
  public List<Path> files(Path file) {
    if (!Files.isDirectory(file)) {
      return List.of(file);
    }
    return words(file).isEmpty() ? sounds(file)
        : words(file).stream().flatMap(word -> sounds(word).stream()).toList();
  }

  @Override
  public void append(Path file, DatasetBuilder to, @Nullable Layout layout) {
    if (Files.isDirectory(file) && words(file).isEmpty()) {
      sounds(file).forEach(sound -> new WavFormat().append(sound, to, null));
      return;
    }
    Path folder = Files.isDirectory(file) ? file : file.toAbsolutePath().getParent();
    if (folder == null) {
      throw new IllegalArgumentException(file + ": a list in a folder of sounds expected");
    }
    to.origin(new Origin("Speech Commands (Warden 2018)", "CC BY 4.0"));
    to.classes(words(folder).stream().map(word -> String.valueOf(word.getFileName())).toList());
    List<String> sounds;
    if (Files.isDirectory(file)) {
      Set<String> others = Stream.of(VALIDATION, TESTING).map(folder::resolve).filter(Files::isRegularFile)
          .flatMap(list -> lines(list).stream()).collect(Collectors.toSet());
      sounds = files(folder).stream().map(s -> s.getName(s.getNameCount() - 2) + "/" + s.getFileName())
          .filter(s -> !others.contains(s)).toList();
    } else {
      sounds = lines(file);
    }
    for (String sound : sounds) {
      String[] names = sound.split("/");
      if (names.length != 2 || names[0].startsWith(".") || names[1].startsWith(".")) {
        throw new IllegalArgumentException(file + ": lines WORD/SOUND.wav expected, came '"
            + ByteSource.shown(sound) + "'");
      }
      WavFormat.sound(folder.resolve(names[0]).resolve(names[1]), to);
      to.endCase(to.classIndex(names[0]));
    }
  }

  private static List<String> lines(Path list) {
    Set<String> lines = new TreeSet<>();
    Lines.of(list, in -> {
      while (in.nextFilled()) {
        lines.add(in.text().strip());
      }
    });
    return List.copyOf(lines);
  }

  private static List<Path> words(Path folder) {
    return list(folder, path -> Files.isDirectory(path)
        && !String.valueOf(path.getFileName()).matches("[._].*") && !sounds(path).isEmpty());
  }

  private static List<Path> sounds(Path folder) {
    return list(folder, path -> String.valueOf(path.getFileName()).endsWith(".wav") && Files.isRegularFile(path));
  }

  private static List<Path> list(Path folder, java.util.function.Predicate<Path> wanted) {
    try (Stream<Path> paths = Files.list(folder)) {
      return paths.filter(wanted).sorted().toList();
    } catch (IOException e) {
      throw new IllegalArgumentException(folder + ": cannot be listed: " + e.getMessage(), e);
    }
  }
}
