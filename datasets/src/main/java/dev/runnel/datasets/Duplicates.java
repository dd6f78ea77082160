package dev.runnel.datasets;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Rows with equal values, whatever their labels.
 *
 * @param groups rows that are equal, at least two in each group, in order
 */
public record Duplicates(List<List<Integer>> groups) {
  /** Copies the lists. */
  public Duplicates {
    groups = groups.stream().map(List::copyOf).toList();
  }

  /** Compares all rows. */
  public static Duplicates of(Dataset data) {
    double[] buffer = new double[data.maxLength() * data.channels()];
    Map<Long, List<List<Integer>>> byHash = new HashMap<>();
    List<List<Integer>> groups = new ArrayList<>();
    for (int row = 0; row < data.size(); row++) {
      data.read(row, buffer);
      List<List<Integer>> alike = byHash.computeIfAbsent(
          hash(buffer, data.length(row) * data.channels()), h -> new ArrayList<>());
      int r = row;
      List<Integer> group = alike.stream().filter(g -> data.compareRows(g.getFirst(), r) == 0).findFirst().orElse(null);
      if (group == null) {
        group = new ArrayList<>();
        alike.add(group);
        groups.add(group);
      }
      group.add(row);
    }
    return new Duplicates(groups.stream().filter(g -> g.size() > 1).toList());
  }

  private static long hash(double[] values, int count) {
    long hash = count;
    for (int i = 0; i < count; i++) {
      long bits = Double.doubleToLongBits(values[i] == 0 ? 0 : values[i]);
      hash = Long.rotateLeft(hash ^ bits * 0x9e3779b97f4a7c15L, 29) * 0xbf58476d1ce4e5b9L;
    }
    return hash;
  }

  /** Rows that only repeat another. */
  public int surplus() {
    return groups.stream().mapToInt(g -> g.size() - 1).sum();
  }

  /** Groups whose rows have different classes. */
  public List<List<Integer>> contradicting(Dataset data) {
    return data.target() != Target.CLASS ? List.of()
        : groups.stream().filter(g -> g.stream().mapToInt(data::label).distinct().count() > 1).toList();
  }

  /** Groups with rows in more than one part of a split: what is learned there is known when it is scored. */
  public List<List<Integer>> leaking(Split split) {
    Map<Integer, Integer> part = new HashMap<>();
    Arrays.stream(split.train()).forEach(row -> part.put(row, 0));
    Arrays.stream(split.validation()).forEach(row -> part.put(row, 1));
    Arrays.stream(split.test()).forEach(row -> part.put(row, 2));
    return groups.stream().filter(g -> g.stream().map(part::get).filter(p -> p != null).distinct().count() > 1).toList();
  }
}
