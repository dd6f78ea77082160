package dev.runnel.datasets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.runnel.datasets.motion.Gestures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Datasets are found by name in the places given and nowhere else. */
class ArchiveTest {
  @TempDir Path first;
  @TempDir Path second;

  private static void put(Path place, String name, String part, String label) {
    try {
      Path folder = Files.createDirectories(place.resolve(name));
      Files.writeString(folder.resolve(name + part), "@classLabel true a b\n@data\n1,2:" + label + "\n");
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void theFirstPlaceWins() {
    put(first, "Waves", "_TRAIN.ts", "b");
    put(first, "Waves", "_TEST.ts", "a");
    put(second, "Waves", "_TRAIN.ts", "a");
    put(second, "Part", "_PARTIAL.ts", "a");
    Archive archive = new Archive(List.of(first, second, first.resolve("none")));
    assertThat(archive.names()).containsExactly("Part", "Waves");
    try (RootAllocator allocator = new RootAllocator();
        Dataset waves = archive.load("Waves", allocator, Storage.standard());
        Dataset part = archive.load("Part", allocator, Storage.standard())) {
      assertThat(waves.labels(new int[] {0, 1})).containsExactly(1, 0);
      assertThat(waves.trainRows()).isEqualTo(1);
      assertThat(part.trainRows()).isEqualTo(part.size());
      assertThat(waves.name()).isEqualTo("Waves");
    }
  }

  @Test
  void whatIsNotThereIsNamedWithItsNearest() throws IOException {
    put(first, "Waves", "_TRAIN.ts", "b");
    Archive archive = new Archive(List.of(first, second));
    assertThatThrownBy(() -> archive.find("waves2", List.of()))
        .hasMessage("dataset waves2: not found in " + first + ", " + second + "; nearest: Waves");
    assertThatThrownBy(() -> archive.find("Quite", List.of()))
        .hasMessage("dataset Quite: not found in " + first + ", " + second
            + "; point --data or RUNNEL_DATA at its folder's parent");
    Files.createDirectories(first.resolve("Empty"));
    assertThatThrownBy(() -> archive.find("Empty", List.of()))
        .hasMessageContaining("Empty_TRAIN.ts or .ts.gz expected in " + first.resolve("Empty"));
    for (String bad : List.of("../Waves", "", ".", "a/b", "a\\b", "a\0b")) {
      assertThatThrownBy(() -> archive.find(bad, List.of())).hasMessageContaining("a plain name expected");
    }
  }

  @Test
  void placesAreThoseGivenThenTheVariableThenTheCache() {
    assertThat(Archive.of(List.of(first), Map.of("RUNNEL_DATA", second.toString())).places())
        .containsExactly(first, second, Path.of(System.getProperty("user.home"), ".cache", "runnel"));
    assertThat(Archive.of(List.of(), Map.of()).places()).hasSize(1);
  }

  @Test
  void boundSourcesComeFirst() {
    put(first, "Waves", "_TRAIN.ts", "b");
    Gestures few = new Gestures(1, 16, 8, 32);
    Catalogue catalogue = new Catalogue(Map.of(few.name(), few), new Archive(List.of(first)));
    assertThat(catalogue.names()).containsExactly("Waves", "gestures");
    try (RootAllocator allocator = new RootAllocator();
        Dataset made = catalogue.load("gestures", allocator, Storage.standard());
        Dataset read = catalogue.load("Waves", allocator, Storage.standard())) {
      assertThat(made.size()).isEqualTo(24);
      assertThat(read.size()).isEqualTo(1);
      assertThatThrownBy(() -> catalogue.load("gesture", allocator, Storage.standard()))
          .hasMessageEndingWith("; nearest: gestures");
    }
  }
}
