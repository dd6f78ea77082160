package dev.runnel.datasets.format;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.datasets.Archive;
import dev.runnel.datasets.Dataset;
import dev.runnel.datasets.RealData;
import dev.runnel.datasets.Shift;
import dev.runnel.datasets.Split;
import dev.runnel.datasets.Storage;
import dev.runnel.datasets.Target;
import java.nio.file.Path;
import java.util.List;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The archive's files load, with the counts that are published. Skipped where there are none. */
class RealFilesTest {
  @ParameterizedTest
  @CsvSource({
    "UWaveGestureLibrary,120,320,315,315,3,8", "SelfRegulationSCP1,268,293,896,896,6,2",
    "SelfRegulationSCP2,311,0,1152,1152,7,2", "EthanolConcentration,448,0,1751,1751,3,4",
    "Epilepsy,137,138,206,206,3,4", "RacketSports,151,152,30,30,6,4", "BasicMotions,40,40,100,100,6,4",
    "NATOPS,180,180,51,51,24,6", "JapaneseVowels,270,370,7,29,12,9", "StandWalkJump,12,15,2500,2500,4,3",
    "EOGHorizontalSignal,362,0,1250,1250,1,12", "EOGVerticalSignal,362,0,1250,1250,1,12",
    "MotorImagery,278,100,3000,3000,64,2", "EyesOpenShut,56,42,128,128,14,2", "ListOps,10000,0,1,939,1,10",
    "MNIST,10000,0,784,784,1,10", "speech,4,0,16000,16000,1,0"})
  void countsAreThePublishedOnes(
      String name, int train, int test, int shortest, int longest, int channels, int classes) {
    RealData.folder(name);
    try (RootAllocator allocator = new RootAllocator();
        Dataset data = new Archive(List.of(RealData.folder())).load(name, allocator, Storage.standard())) {
      assertThat(data.trainRows()).isEqualTo(train);
      assertThat(data.size()).isEqualTo(train + test);
      assertThat(data.minLength()).isEqualTo(shortest);
      assertThat(data.maxLength()).isEqualTo(longest);
      assertThat(data.channels()).isEqualTo(channels);
      assertThat(data.classes()).hasSize(classes);
      assertThat(data.missing()).isZero();
    }
  }

  @Test
  void samplesOfTheFormatLoad() {
    Path folder = RealData.folder("format-samples");
    try (RootAllocator allocator = new RootAllocator()) {
      try (Dataset data = sample(allocator, folder, "Covid3Month")) {
        assertThat(data.target()).isEqualTo(Target.NUMBER);
        assertThat(data.length(0)).isEqualTo(84);
      }
      try (Dataset data = sample(allocator, folder, "CardanoSentiment")) {
        assertThat(data.channels()).isEqualTo(2);
        assertThat(data.number(0)).isEqualTo(0.0589);
      }
      try (Dataset data = sample(allocator, folder, "PickupGestureWiimoteZ")) {
        assertThat(data.minLength()).isLessThan(data.maxLength());
      }
      try (Dataset data = sample(allocator, folder, "UnitTestTimeStamps")) {
        assertThat(data.timed()).isTrue();
        assertThat(data.time(0, 1) - data.time(0, 0)).isEqualTo(60);
        assertThat(data.value(0, 3, 0)).isEqualTo(241.71);
      }
      try (Dataset data = sample(allocator, folder, "UnitTest")) {
        assertThat(data.length(0)).isEqualTo(24);
      }
    }
  }

  private static Dataset sample(RootAllocator allocator, Path folder, String name) {
    return TsReader.read(allocator, name, folder.resolve(name + "_TRAIN.ts"), Storage.standard());
  }

  @ParameterizedTest
  @CsvSource({"SelfRegulationSCP1,392,84,85", "SelfRegulationSCP2,197,57,57", "EthanolConcentration,290,79,79"})
  void filesOfPaperSplitsFit(String name, int train, int validation, int test) {
    RealData.folder(name);
    Archive archive = new Archive(List.of(RealData.folder()));
    try (RootAllocator allocator = new RootAllocator();
        Dataset data = archive.load(name, allocator, Storage.standard())) {
      Path file = archive.find(name, List.of()).paperSplits();
      for (int seed : Split.PAPER_SEEDS) {
        Split split = Split.file(file, data, seed);
        assertThat(List.of(split.train().length, split.validation().length, split.test().length))
            .containsExactly(train, validation, test);
      }
    }
  }

  @Test
  void thePaperProtocolDrawsThePapersRows() {
    RealData.folder("SelfRegulationSCP1");
    Archive archive = new Archive(List.of(RealData.folder()));
    try (RootAllocator allocator = new RootAllocator();
        Dataset data = archive.load("SelfRegulationSCP1", allocator, Storage.standard())) {
      Path file = archive.find("SelfRegulationSCP1", List.of()).paperSplits();
      for (int seed : Split.PAPER_SEEDS) {
        Split drawn = Split.paper(data, seed);
        Split published = Split.file(file, data, seed);
        assertThat(drawn.validation()).containsExactly(published.validation());
        assertThat(drawn.test()).containsExactly(published.test());
        assertThat(drawn.train()).containsExactlyInAnyOrder(published.train()); // the file has them sorted
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"SelfRegulationSCP1,5,6", "SelfRegulationSCP2,6,7", "MotorImagery,63,64"})
  void lagsPassedOffAsChannelsAreFound(String name, int shifted, int lag) {
    RealData.folder(name);
    try (RootAllocator allocator = new RootAllocator();
        Dataset data = new Archive(List.of(RealData.folder())).load(name, allocator, Storage.standard())) {
      List<Shift> found = Shift.find(data);
      assertThat(found).hasSize(shifted)
          .allMatch(s -> s.of() == s.channel() - 1 && Math.abs(s.lag()) == lag);
    }
  }

  @Test
  void honestChannelsAreNotAccused() {
    RealData.folder("RacketSports");
    try (RootAllocator allocator = new RootAllocator();
        Dataset data = new Archive(List.of(RealData.folder())).load("RacketSports", allocator, Storage.standard())) {
      assertThat(Shift.find(data)).isEmpty();
      assertThat(Shift.constant(data)).isEmpty();
    }
  }
}
