package dev.runnel.datasets;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A channel that tells nothing new: {@code x[channel][t] = x[of][t + lag]} in all rows, wherever both steps exist.
 *
 * @param channel the redundant channel
 * @param of an earlier channel that it repeats
 * @param lag by how many steps, 0 for an exact copy
 */
public record Shift(int channel, int of, int lag) {
  private static final int MOST = 512;

  /**
   * For each channel the shift of an earlier one that it is, if it is one: the smallest lag, then the nearest channel.
   * Lags up to half of the longest row and {@value #MOST} are tried; constant channels are left out, see
   * {@link #constant}.
   */
  public static List<Shift> find(Dataset data) {
    double[] row = new double[data.maxLength() * data.channels()];
    data.read(longest(data), row);
    List<Shift> candidates = candidates(row, data.maxLength(), data.channels());
    for (int r = 0; r < data.size() && !candidates.isEmpty(); r++) {
      data.read(r, row);
      int steps = data.length(r);
      candidates.removeIf(shift -> !shift.holds(row, steps, data.channels()));
    }
    Map<Integer, Shift> first = new LinkedHashMap<>();
    candidates.forEach(shift -> first.putIfAbsent(shift.channel(), shift));
    return List.copyOf(first.values());
  }

  /** All shifts that hold in one row, for each channel in order of preference. */
  private static List<Shift> candidates(double[] row, int steps, int channels) {
    List<Shift> found = new ArrayList<>();
    for (int channel = 1; channel < channels; channel++) {
      if (!varies(row, steps, channels, channel)) {
        continue;
      }
      for (int size = 0; size <= Math.min(MOST, steps / 2); size++) {
        for (int of = channel - 1; of >= 0; of--) {
          for (int lag : size == 0 ? new int[] {0} : new int[] {size, -size}) {
            Shift shift = new Shift(channel, of, lag);
            if (shift.holds(row, steps, channels)) {
              found.add(shift);
            }
          }
        }
      }
    }
    return found;
  }

  /** Channels that have one value in all rows. */
  public static List<Integer> constant(Dataset data) {
    boolean[] varies = new boolean[data.channels()];
    double[] row = new double[data.maxLength() * data.channels()];
    data.read(0, row);
    double[] first = java.util.Arrays.copyOf(row, data.channels());
    for (int r = 0; r < data.size(); r++) {
      data.read(r, row);
      for (int i = 0; i < data.length(r) * data.channels(); i++) {
        int c = i % data.channels();
        varies[c] |= Double.compare(row[i], first[c]) != 0;
      }
    }
    List<Integer> constant = new ArrayList<>();
    for (int c = 0; c < varies.length; c++) {
      if (!varies[c]) {
        constant.add(c);
      }
    }
    return constant;
  }

  private static int longest(Dataset data) {
    int longest = 0;
    while (data.length(longest) < data.maxLength()) {
      longest++;
    }
    return longest;
  }

  private static boolean varies(double[] row, int steps, int channels, int channel) {
    for (int t = 1; t < steps; t++) {
      if (Double.compare(row[t * channels + channel], row[channel]) != 0) {
        return true;
      }
    }
    return false;
  }

  private boolean holds(double[] row, int steps, int channels) {
    int to = Math.min(steps, steps - lag);
    for (int t = Math.max(0, -lag); t < to; t++) {
      if (Double.compare(row[t * channels + channel], row[(t + lag) * channels + of]) != 0) {
        return false;
      }
    }
    return true;
  }
}
