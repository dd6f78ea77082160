package dev.runnel.datasets;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Takes cases one after another into Arrow memory. Say first what the target is ({@link #classes}, {@link #numbers} or
 * {@link #unlabelled}); then, for each case, either {@link #add} a whole one, or give it channel by channel as text
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

  /** The index of a class. */
  public int classIndex(String name) {
    Integer index = indices.get(name);
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

  /** The cases from here on are the TEST part. */
  public void beginTest() {
    trainRows = size();
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

  /** Adds a case of that class, values in time-major order, {@code steps * channels} of them. */
  public void add(double[] timeMajor, int channels, int label) {
    int steps = timeMajor.length / channels;
    for (int c = 0; c < channels; c++) {
      for (int t = 0; t < steps; t++) {
        value(timeMajor[t * channels + c]);
      }
      endChannel();
    }
    endCase(label);
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
    int train = trainRows < 0 ? size() : trainRows;
    return new Dataset(name, storage.precision(), kind, List.copyOf(indices.keySet()), channels, train, missing,
        new Dataset.Columns(values, starts, column, times));
  }

  @Override
  public void close() {
    if (done) {
      return;
    }
    done = true;
    values.close();
    starts.close();
    staged.close();
    stagedTimes.close();
    if (targets != null) {
      targets.close();
    }
    if (times != null) {
      times.close();
    }
  }
}
