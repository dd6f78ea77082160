package dev.runnel.datasets;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Takes cases one after another into Arrow memory. Say first what the target is ({@link #classes}, {@link #numbers},
 * {@link #stepClasses} or {@link #unlabelled}); then, for each case, either {@link #add} a whole one, or give it channel by channel as text
 * formats have it: {@link #value} for each step, {@link #endChannel}, and at last one of the {@code endCase} methods.
 *
 * <p>All cases have the same number of channels, the channels of one case the same number of steps; breaking that is
 * an {@link IllegalArgumentException}, and so is passing the limit on values. Closing frees what was not built.
 */
public final class DatasetBuilder implements AutoCloseable {
  private final String name;
  private final Storage storage;
  private final BufferAllocator allocator;
  private final Column values;
  private final Column starts;
  private final Column staged;
  private final Column stagedTimes;
  private @Nullable Column targets;
  private @Nullable Column times;
  private @Nullable Target target;
  private final Map<String, Integer> indices = new LinkedHashMap<>();
  private int channels;
  private int trainRows = -1;
  private int validationRows;
  private boolean testBegun;
  private boolean asFound;
  private Origin origin = Origin.UNSTATED;
  private List<String> symbols = List.of();
  private long missing;
  private long channelStart;
  private int stagedChannels;
  private long stagedSteps;
  private long stagedLimit;
  private boolean stagedTimed;
  private boolean done;

  /** Starts a dataset of that name in the allocator's memory. */
  public DatasetBuilder(BufferAllocator allocator, String name, Storage storage) {
    this.allocator = allocator;
    this.name = name;
    this.storage = storage;
    this.values = new Column(allocator, storage.precision().bytes());
    this.starts = new Column(allocator, 8);
    this.staged = new Column(allocator, 8);
    this.stagedTimes = new Column(allocator, 8);
    starts.addLong(0);
    stagedLimit = storage.maxValues();
  }

  /** The target is one of these classes. A second call (another file) may name the same classes or fewer. */
  public void classes(List<String> names) {
    declare(Target.CLASS);
    if (indices.isEmpty()) {
      if (names.isEmpty()) {
        throw new IllegalArgumentException("at least one class expected, came none");
      }
      for (String name : names) {
        if (indices.putIfAbsent(name, indices.size()) != null) {
          throw new IllegalArgumentException("class '" + name + "' is named twice");
        }
      }
    }
    for (String other : names) {
      if (!indices.containsKey(other)) {
        throw new IllegalArgumentException("class '" + other + "' is not one of the " + indices.size()
            + " classes of the part before" + Nearest.hint(other, indices.keySet()));
      }
    }
  }

  /**
   * The target is a class, and the classes are those that {@link #classIndex} is asked for; in the end they are
   * ordered by number if all are numbers, else as text.
   */
  public void classesAsFound() {
    declare(Target.CLASS);
    asFound = true;
  }

  /** The target is a class for each step, or nothing (-1) for steps that aren't scored. */
  public void stepClasses(List<String> names) {
    declare(Target.STEPS);
    for (String name : names) {
      indices.putIfAbsent(name, indices.size());
    }
  }

  /** Where the data come from. */
  public void origin(Origin from) {
    origin = from;
  }

  /** What the values 0, 1, ... stand for. */
  public void symbols(List<String> names) {
    symbols = List.copyOf(names);
  }

  /** The index of a class. */
  public int classIndex(String name) {
    Integer index = indices.get(name);
    if (index == null && asFound) {
      index = indices.size();
      indices.put(name, index);
    }
    if (index == null) {
      throw new IllegalArgumentException("class '" + name + "' is not declared" + Nearest.hint(name, indices.keySet()));
    }
    return index;
  }

  /** The target is a number. */
  public void numbers() {
    declare(Target.NUMBER);
  }

  /** There is no target. */
  public void unlabelled() {
    declare(Target.NONE);
  }

  private void declare(Target wanted) {
    if (target == null) {
      target = wanted;
      targets = new Column(allocator, wanted == Target.NUMBER ? 8 : 4);
    } else if (target != wanted) {
      throw new IllegalArgumentException("target " + target + " expected as in the part before, came " + wanted);
    }
  }

  /** Channels of the cases so far; 0 before the first. */
  public int channels() {
    return channels;
  }

  /** Cases so far. */
  public int size() {
    return Math.toIntExact(starts.count() - 1);
  }

  /** The cases from here on are the part for validation. */
  public void beginValidation() {
    trainRows = size();
  }

  /** The cases from here on are the TEST part. */
  public void beginTest() {
    if (trainRows < 0) {
      trainRows = size();
    }
    validationRows = size() - trainRows;
    testBegun = true;
  }

  /** The next step's value of the current channel; NaN is a missing one. */
  public void value(double value) {
    if (staged.count() >= stagedLimit) {
      throw tooMany();
    }
    staged.addDouble(value);
  }

  /** The next step's value with its time stamp, which all channels of a case must share. */
  public void value(double time, double value) {
    stagedTimed = true;
    long step = staged.count() - channelStart;
    if (stagedChannels == 0) {
      stagedTimes.addDouble(time);
    } else if (step < stagedTimes.count() && stagedTimes.getDouble(step) != time) {
      throw new IllegalArgumentException("channels of one case must share their time stamps: channel "
          + stagedChannels + " has " + time + " at step " + step + ", channel 0 " + stagedTimes.getDouble(step));
    }
    value(value);
  }

  /** Ends the current channel. */
  public void endChannel() {
    long steps = staged.count() - channelStart;
    if (steps == 0) {
      throw new IllegalArgumentException("channel " + stagedChannels + " is empty");
    }
    if (steps > Integer.MAX_VALUE - 8) {
      throw tooMany();
    }
    if (stagedChannels > 0 && steps != stagedSteps) {
      throw new IllegalArgumentException("channels of one case must have one length: channel 0 has " + stagedSteps
          + " values, channel " + stagedChannels + " has " + steps);
    }
    stagedSteps = steps;
    stagedChannels++;
    channelStart = staged.count();
  }

  /** Channels ended in the current case. */
  public int stagedChannels() {
    return stagedChannels;
  }

  /** Steps of the current case's last ended channel. */
  public int stagedSteps() {
    return (int) stagedSteps;
  }

  /** Ends a case of that class. */
  public void endCase(int label) {
    Column column = require(Target.CLASS);
    if (label < 0 || label >= indices.size()) {
      throw new IllegalArgumentException("a label in [0, " + indices.size() + ") expected, came " + label);
    }
    commit();
    column.addInt(label);
  }

  /** Ends a case whose target is that number. */
  public void endCase(double number) {
    Column column = require(Target.NUMBER);
    commit();
    column.addDouble(number);
  }

  /** Ends a case without a target. */
  public void endCase() {
    require(Target.NONE);
    commit();
  }

  /** Ends a case with a class, or -1, for each of its steps. */
  public void endCase(int[] labels) {
    Column column = require(Target.STEPS);
    if (labels.length != stagedSteps) {
      throw new IllegalArgumentException(stagedSteps + " labels expected, one a step, came " + labels.length);
    }
    for (int label : labels) {
      if (label < -1 || label >= indices.size()) {
        throw new IllegalArgumentException("labels in [-1, " + indices.size() + ") expected, came " + label);
      }
    }
    commit();
    for (int label : labels) {
      column.addInt(label);
    }
  }

  /** Gives a case's values in time-major order, {@code steps * channels} of them; an {@code endCase} must follow. */
  public DatasetBuilder timeMajor(double[] values, int steps, int channels) {
    for (int c = 0; c < channels; c++) {
      for (int t = 0; t < steps; t++) {
        value(values[t * channels + c]);
      }
      endChannel();
    }
    return this;
  }

  /** Adds a case of that class, values in time-major order, {@code steps * channels} of them. */
  public void add(double[] timeMajor, int channels, int label) {
    timeMajor(timeMajor, timeMajor.length / channels, channels).endCase(label);
  }

  private Column require(Target wanted) {
    Column column = targets;
    if (target != wanted || column == null) {
      throw new IllegalStateException("dataset " + name + ": target " + wanted + " given, declared is " + target);
    }
    return column;
  }

  private void commit() {
    if (channelStart != staged.count() || stagedChannels == 0) {
      throw new IllegalStateException("dataset " + name + ": endChannel expected before endCase");
    }
    if (channels == 0) {
      channels = stagedChannels;
    } else if (channels != stagedChannels) {
      throw new IllegalArgumentException(channels + " channels expected, came " + stagedChannels);
    }
    if (size() == Integer.MAX_VALUE - 8) {
      throw tooMany();
    }
    commitTimes();
    transpose();
    starts.addLong(values.count() / channels);
    stagedLimit = storage.maxValues() - values.count();
    staged.clear();
    stagedTimes.clear();
    stagedTimed = false;
    stagedChannels = 0;
    channelStart = 0;
  }

  private void commitTimes() {
    if (size() == 0 && stagedTimed) {
      times = new Column(allocator, 8);
    }
    Column column = times;
    if ((column != null) != stagedTimed) {
      throw new IllegalArgumentException(
          (column != null ? "time stamps expected" : "no time stamps expected") + " as in the cases before");
    }
    if (column != null) {
      column.reserve(stagedSteps);
      for (long t = 0; t < stagedSteps; t++) {
        column.addDouble(stagedTimes.getDouble(t));
      }
    }
  }

  /** Moves the staged case, channel after channel, behind the stored values, step after step. */
  private void transpose() {
    long count = staged.count();
    values.reserve(count);
    MemorySegment from = staged.memory();
    MemorySegment to = values.memory();
    long at = values.count();
    long gone = 0;
    for (long t = 0; t < stagedSteps; t++) {
      for (long c = 0; c < channels; c++) {
        double v = from.getAtIndex(ValueLayout.JAVA_DOUBLE, c * stagedSteps + t);
        if (Double.isNaN(v)) {
          gone++;
          v = Double.NaN;
        }
        if (storage.precision() == Precision.DOUBLE) {
          to.setAtIndex(ValueLayout.JAVA_DOUBLE, at++, v);
        } else {
          to.setAtIndex(ValueLayout.JAVA_FLOAT, at++, (float) v);
        }
      }
    }
    values.advance(count);
    missing += gone;
  }

  private IllegalArgumentException tooMany() {
    return new IllegalArgumentException("more than " + storage.maxValues()
        + " values, the limit for one dataset; raise it if the data is meant to be that large");
  }

  /** The dataset, which now owns the memory; the builder is used up. At least one case is needed. */
  public Dataset build() {
    Column column = targets;
    if (done || column == null) {
      throw new IllegalStateException("dataset " + name + ": nothing to build");
    }
    if (size() == 0) {
      throw new IllegalArgumentException("dataset " + name + ": at least one case expected, came none");
    }
    if (stagedChannels > 0 || staged.count() > 0) {
      throw new IllegalStateException("dataset " + name + ": the last case has not ended");
    }
    values.trim();
    done = true;
    staged.close();
    stagedTimes.close();
    Target kind = target == null ? Target.NONE : target;
    List<String> names = List.copyOf(indices.keySet());
    if (asFound) {
      names = ordered(names, column);
    }
    int train = trainRows < 0 ? size() : trainRows;
    int validation = trainRows < 0 ? 0 : testBegun ? validationRows : size() - trainRows;
    Dataset.Facts facts = new Dataset.Facts(name, storage.precision(), kind, names, symbols, channels, size(), train,
        validation, missing, origin);
    Column stamps = times;
    return new Dataset(facts, new Dataset.Columns(values.memory(), starts.memory(), column.memory(),
        stamps == null ? null : stamps.memory(), this::free));
  }

  /** Class names in an order that doesn't depend on the rows', and the labels counted in it. */
  private List<String> ordered(List<String> found, Column labels) {
    boolean numbers = found.stream().allMatch(name -> name.matches("[+-]?\\d{1,15}(\\.\\d{1,15})?"));
    List<String> sorted = new ArrayList<>(found);
    sorted.sort(numbers ? Comparator.comparingDouble(Double::parseDouble) : Comparator.naturalOrder());
    Map<String, Integer> places = new HashMap<>();
    sorted.forEach(name -> places.put(name, places.size()));
    int[] place = found.stream().mapToInt(name -> Objects.requireNonNull(places.get(name))).toArray();
    MemorySegment memory = labels.memory();
    for (long row = 0; row < labels.count(); row++) {
      memory.setAtIndex(ValueLayout.JAVA_INT, row, place[memory.getAtIndex(ValueLayout.JAVA_INT, row)]);
    }
    return sorted;
  }

  private void free() {
    values.close();
    starts.close();
    if (targets != null) {
      targets.close();
    }
    if (times != null) {
      times.close();
    }
  }

  @Override
  public void close() {
    if (!done) {
      done = true;
      free();
      staged.close();
      stagedTimes.close();
    }
  }
}
