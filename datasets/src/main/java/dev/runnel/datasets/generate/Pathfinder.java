package dev.runnel.datasets.generate;

import dev.runnel.datasets.Dataset;
import dev.runnel.datasets.DatasetBuilder;
import dev.runnel.datasets.DatasetSource;
import dev.runnel.datasets.SplitMix;
import dev.runnel.datasets.Storage;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;

/**
 * Pathfinder (Linsley et al. 2018; Tay et al. 2021), read row after row as one channel of pixels from 0 to 255: are the
 * two discs at the ends of one dashed curve (class 1) or of two (class 0)? Two target curves of {@code contour} dashes
 * and {@code distractors} shorter ones, drawn by {@link PathfinderImage}.
 *
 * @param seed of all that is drawn
 * @param trainRows rows of the TRAIN part; {@code validationRows} and {@code testRows} likewise
 * @param size pixels of each side: 32, or 128 for Path-X
 */
public record Pathfinder(long seed, int trainRows, int validationRows, int testRows, int size)
    implements DatasetSource {
  /** Checks the sizes. */
  public Pathfinder {
    Sizes.check("pathfinder", trainRows, validationRows, testRows);
    if (size != 32 && size != 128) {
      throw new IllegalArgumentException("pathfinder: a size of 32 or 128 expected, came " + size);
    }
  }

  /** Pathfinder's 32 x 32 pixels; 160,000, 20,000 and 20,000 rows. */
  public static Pathfinder standard() {
    return new Pathfinder(0, 160_000, 20_000, 20_000, 32);
  }

  /** Path-X's 128 x 128 pixels; 12,800, 1,600 and 1,600 rows, the most that the usual limit on values allows. */
  public static Pathfinder pathX() {
    return new Pathfinder(0, 12_800, 1_600, 1_600, 128);
  }

  @Override
  public String name() {
    return size == 32 ? "pathfinder" : "path-x";
  }

  @Override
  public String summary() {
    return "are two discs at the ends of one dashed curve? " + size + " x " + size + " pixels, one a step; generated";
  }

  @Override
  public Dataset load(BufferAllocator allocator, Storage storage) {
    PathfinderImage image = size == 32 ? PathfinderImage.small() : PathfinderImage.large();
    try (DatasetBuilder builder = new DatasetBuilder(allocator, name(), storage)) {
      builder.origin(Sizes.made(this));
      builder.classes(List.of("0", "1"));
      for (int row = 0; row < trainRows + validationRows + testRows; row++) {
        Sizes.part(builder, row, trainRows, validationRows);
        SplitMix random = new SplitMix(seed, row);
        int label = (int) (random.nextLong() >>> 63);
        for (double pixel : image.draw(label == 1, random)) {
          builder.value(Math.rint(255 * pixel));
        }
        builder.endChannel();
        builder.endCase(label);
      }
      return builder.build();
    }
  }
}
