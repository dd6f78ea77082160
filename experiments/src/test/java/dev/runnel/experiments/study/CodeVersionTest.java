package dev.runnel.experiments.study;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.experiments.config.Configs;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What of the code a trial's key depends on, and how a change of it is explained. */
final class CodeVersionTest {
  private static final String MODEL = "dev/runnel/models/Own.class";

  @TempDir Path folder;

  private Path classes(String name, String model) throws IOException {
    var place = folder.resolve(name);
    write(place.resolve(MODEL), model);
    write(place.resolve("dev/runnel/experiments/train/Trainer.class"), "trains");
    return place;
  }

  private static void write(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private static CodeVersion of(Path... entries) {
    return CodeVersion.of(String.join(File.pathSeparator, List.of(entries).stream().map(Path::toString).toList()));
  }

  @Test
  void theSameClassesElsewhereAreTheSameVersion() throws IOException {
    var one = of(classes("one", "a"));
    assertThat(of(classes("two", "a"))).isEqualTo(one);
    assertThat(of(classes("three", "b")).hash()).isNotEqualTo(one.hash());
    var jar = folder.resolve("runnel-models-1.jar");
    try (var zip = new ZipOutputStream(Files.newOutputStream(jar))) {
      for (String name : one.files().keySet()) {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(Files.readAllBytes(folder.resolve("one").resolve(name)));
      }
    }
    assertThat(of(jar)).isEqualTo(one);
  }

  @Test
  void whatOnlyShowsOrSchedulesDoesNotCount() throws IOException {
    var place = classes("one", "a");
    var before = of(place);
    write(place.resolve("dev/runnel/experiments/report/Report.class"), "new");
    write(place.resolve("dev/runnel/experiments/cli/Main.class"), "new");
    write(place.resolve("configs/gestures.conf"), "new");
    assertThat(of(place)).isEqualTo(before);
    write(place.resolve("dev/runnel/experiments/modules/Registry.class"), "new");
    assertThat(of(place)).isNotEqualTo(before);
    var library = folder.resolve("library-1.0.jar");
    Files.writeString(library, "four");
    assertThat(of(place, library).files()).containsEntry("library-1.0.jar", "4 bytes");
  }

  @Test
  void explainNamesTheFile() throws IOException {
    var study = folder.resolve("study");
    var config = Configs.render(Configs.trial("gestures", List.of()));
    String last = "";
    for (String model : List.of("before", "after")) {
      var code = of(classes("code", model));
      code.write(study);
      var trial = new Plan.Trial("key-" + model, "arm", "", 0, "data", config);
      Files.createDirectories(study.resolve("trials/key-" + model));
      Archived.write(study, trial, code.hash());
      last = trial.key();
      pause();
    }
    assertThat(Explanation.of(study, last)).anyMatch(line -> line.startsWith("  code " + MODEL + ": "));
    assertThat(Explanation.of(study, "key-b")).anyMatch(line -> line.contains("no earlier trial"));
  }

  /** So that the clock tells the two apart. */
  private static void pause() {
    try {
      Thread.sleep(5);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
