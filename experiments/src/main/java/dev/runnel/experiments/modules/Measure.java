package dev.runnel.experiments.modules;

/** The metrics that come along. Classes that no row has count in none of the means over classes. */
public enum Measure implements Metric {
  /** Share of right answers. */
  ACCURACY("share of rows whose label scores highest", true) {
    @Override
    public double of(int[] labels, double[] logits, int classes) {
      return (double) right(labels, logits, classes) / Math.max(1, labels.length);
    }
  },
  /** Mean of {@code log(sum_c exp(l_c)) - l_label}. */
  LOSS("mean cross-entropy, in nats", false) {
    @Override
    public double of(int[] labels, double[] logits, int classes) {
      double loss = 0;
      for (int i = 0; i < labels.length; i++) {
        double largest = logits[i * classes + predicted(logits, i, classes)];
        double sum = 0;
        for (int c = 0; c < classes; c++) {
          sum += StrictMath.exp(logits[i * classes + c] - largest);
        }
        loss += largest + StrictMath.log(sum) - logits[i * classes + labels[i]];
      }
      return loss / Math.max(1, labels.length);
    }
  },
  /** Mean over classes of {@code 2 tp / (2 tp + fp + fn)}, those left out that neither labels nor answers have. */
  MACRO_F1("mean of the classes' F1", true) {
    @Override
    public double of(int[] labels, double[] logits, int classes) {
      var counts = new Counts(labels, logits, classes);
      double sum = 0;
      int seen = 0;
      for (int c = 0; c < classes; c++) {
        int all = counts.labelled[c] + counts.predicted[c]; // 2 tp + fp + fn
        sum += all == 0 ? 0 : 2.0 * counts.right[c] / all;
        seen += all == 0 ? 0 : 1;
      }
      return sum / Math.max(1, seen);
    }
  },
  /** Mean over classes of {@code tp / (tp + fn)}. */
  BALANCED_ACCURACY("mean of the classes' shares of right answers", true) {
    @Override
    public double of(int[] labels, double[] logits, int classes) {
      var counts = new Counts(labels, logits, classes);
      double sum = 0;
      int seen = 0;
      for (int c = 0; c < classes; c++) {
        sum += counts.labelled[c] == 0 ? 0 : (double) counts.right[c] / counts.labelled[c];
        seen += counts.labelled[c] == 0 ? 0 : 1;
      }
      return sum / Math.max(1, seen);
    }
  };

  private final String summary;
  private final boolean largerBetter;

  Measure(String summary, boolean largerBetter) {
    this.summary = summary;
    this.largerBetter = largerBetter;
  }

  @Override
  public String summary() {
    return summary;
  }

  @Override
  public boolean isLargerBetter() {
    return largerBetter;
  }

  /** The name in configs. */
  public String named() {
    return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
  }

  /** The class of a row that scores highest, the first of equals. */
  public static int predicted(double[] logits, int row, int classes) {
    int best = 0;
    for (int c = 1; c < classes; c++) {
      best = logits[row * classes + c] > logits[row * classes + best] ? c : best;
    }
    return best;
  }

  /** Rows whose label scores highest. */
  public static int right(int[] labels, double[] logits, int classes) {
    int right = 0;
    for (int i = 0; i < labels.length; i++) {
      right += predicted(logits, i, classes) == labels[i] ? 1 : 0;
    }
    return right;
  }

  /** Rows of each class: by label, by answer, and by both. */
  private static final class Counts {
    final int[] labelled;
    final int[] predicted;
    final int[] right;

    Counts(int[] labels, double[] logits, int classes) {
      labelled = new int[classes];
      predicted = new int[classes];
      right = new int[classes];
      for (int i = 0; i < labels.length; i++) {
        int answer = Measure.predicted(logits, i, classes);
        labelled[labels[i]]++;
        predicted[answer]++;
        right[answer] += answer == labels[i] ? 1 : 0;
      }
    }
  }
}
