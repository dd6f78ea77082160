package dev.runnel.experiments.config;

import dev.runnel.datasets.Augment;
import dev.runnel.datasets.Impute;
import dev.runnel.datasets.motion.Alignment;
import org.jspecify.annotations.Nullable;

/**
 * What to learn from.
 *
 * @param name a dataset's name
 * @param split {@code official}; {@code paper}; {@code file:NAME}, a file of splits in the dataset's folder;
 *     {@code fold:I/K}, one of K folds; or {@code group:NAME}, groups kept together, a file there with a group's name a
 *     row
 * @param standardise whether channels are brought to mean 0 and deviation 1, fitted on the train part
 * @param timeChannel whether {@code t / T} is put in front of the channels
 * @param transforms what else is done to all rows
 * @param augment random changes of train rows, drawn anew each epoch, in units of the data
 */
public record DataConfig(String name, String split, boolean standardise, boolean timeChannel, Transforms transforms,
    Augment augment) {
  private static final String FILE = "file:";
  private static final String GROUP = "group:";

  /**
   * What is done to rows, in this order.
   *
   * @param dropFirstChannel whether channel 0 is dropped as the LrcSSM loader does, a real one or not
   * @param oneHot whether symbols become channels of 0 and 1
   * @param rotateTest whether the triples of channels of rows that are neither trained on nor selected by are rotated,
   *     each row by a rotation of its own: sensors worn every which way
   * @param align how rows of three-axis sensors are turned
   * @param resample steps that rows are resampled to, 0 for leaving them
   * @param crop steps whose middle is kept of longer rows, 0 for all
   * @param robust whether standardising is by median and quartiles instead of mean and deviation
   * @param missing how missing values are filled in; they are refused when nothing is said
   * @param missingMask whether channels that tell which values were there are added
   * @param pad steps that shorter rows are filled up to with zeros, 0 for none
   * @param patch steps that become one
   */
  public record Transforms(boolean dropFirstChannel, boolean oneHot, boolean rotateTest, Alignment align, int resample,
      int crop, boolean robust, Impute.@Nullable Method missing, boolean missingMask, int pad, int patch) {
    /** Changes nothing. */
    public static final Transforms NONE =
        new Transforms(false, false, false, Alignment.NONE, 0, 0, false, null, false, 0, 1);

    /** Checks the values. */
    public Transforms {
      Check.between("resample", resample, 0, 1 << 24);
      Check.between("crop", crop, 0, 1 << 24);
      Check.between("pad", pad, 0, 1 << 24);
      Check.between("patch", patch, 1, 1 << 16);
      Check.that("missingMask", !missingMask || missing != null, "'missing' too", "none");
    }
  }

  /** With nothing else done. */
  public DataConfig(String name, String split, boolean standardise, boolean timeChannel) {
    this(name, split, standardise, timeChannel, Transforms.NONE, Augment.NONE);
  }

  /** Checks the values. */
  public DataConfig {
    Check.name("name", name);
    boolean file = split.startsWith(FILE) && split.length() > FILE.length();
    boolean group = split.startsWith(GROUP) && split.length() > GROUP.length();
    Check.that("split", split.matches("official|paper|fold:\\d{1,6}/\\d{1,6}") || file || group,
        "official, paper, file:NAME, fold:I/K or group:NAME", split);
    if (file || group) {
      String path = split.substring(split.indexOf(':') + 1);
      Check.that("split", !path.startsWith(".") && path.chars().noneMatch(c -> c == '/' || c == '\\' || c < ' '),
          "file: and a plain name in the dataset's folder", split);
    }
    Check.that("transforms.robust", !transforms.robust() || standardise, "'standardise' too", "none");
  }

  /** The name after {@code file:}, or null for the other splits. */
  public @Nullable String splitFile() {
    return split.startsWith(FILE) ? split.substring(FILE.length()) : null;
  }

  /** The name after {@code group:}, or null for the other splits. */
  public @Nullable String groupFile() {
    return split.startsWith(GROUP) ? split.substring(GROUP.length()) : null;
  }
}
