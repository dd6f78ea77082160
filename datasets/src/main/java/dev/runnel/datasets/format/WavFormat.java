package dev.runnel.datasets.format;

import dev.runnel.datasets.DatasetBuilder;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code .wav}: PCM of 8, 16, 24 or 32 bits, scaled to [-1, 1) by its width, or floats as they are. One file is one
 * case without a label, its channels the sound's.
 */
public final class WavFormat implements Format {
  private static final int PCM = 1;
  private static final int FLOAT = 3;
  private static final int EXTENSIBLE = 0xfffe;

  @Override
  public String name() {
    return "wav";
  }

  @Override
  public List<String> suffixes() {
    return List.of(".wav");
  }

  @Override
  public void append(Path file, DatasetBuilder to, @Nullable Layout layout) {
    to.unlabelled();
    sound(file, to);
    to.endCase();
  }

  /** Gives a file's values to the builder; an {@code endCase} must follow. */
  static void sound(Path file, DatasetBuilder to) {
    Bytes.of(file, in -> {
      if (in.readInt() != 0x52494646 || in.skip(4) != 4 || in.readInt() != 0x57415645) {
        throw new IllegalArgumentException("a RIFF WAVE file expected");
      }
      Kind kind = null;
      for (;;) {
        int chunk = in.readInt();
        long size = Integer.toUnsignedLong(Integer.reverseBytes(in.readInt()));
        if (chunk == 0x666d7420) { // "fmt "
          if (size < 16 || size > 1024) {
            throw new IllegalArgumentException("a format of 16 to 1024 bytes expected, came " + size);
          }
          byte[] format = new byte[(int) (size + size % 2)];
          in.readFully(format);
          kind = Kind.of(format);
        } else if (chunk == 0x64617461) { // "data"
          if (kind == null) {
            throw new IllegalArgumentException("the format before the data expected");
          }
          kind.values(in, size, to);
          return;
        } else {
          in.skipNBytes(size + size % 2);
        }
      }
    });
  }

  private record Kind(int format, int channels, int bits) {
    static Kind of(byte[] b) {
      int format = two(b, 0);
      if (format == EXTENSIBLE && b.length >= 26) {
        format = two(b, 24);
      }
      Kind kind = new Kind(format, two(b, 2), two(b, 14));
      boolean known = switch (kind.bits) {
        case 8, 16, 24 -> format == PCM;
        case 32 -> format == PCM || format == FLOAT;
        default -> format == FLOAT && kind.bits == 64;
      };
      if (!known || kind.channels < 1 || kind.channels > 64) {
        throw new IllegalArgumentException("PCM of 8 to 32 bits or floats in 1 to 64 channels expected, came format "
            + format + " of " + kind.bits + " bits in " + kind.channels + " channels");
      }
      return kind;
    }

    private static int two(byte[] b, int at) {
      return (b[at] & 0xff) | (b[at + 1] & 0xff) << 8;
    }

    void values(DataInputStream in, long size, DatasetBuilder to) throws IOException {
      long steps = size / ((long) channels * bits / 8);
      if (steps < 1) {
        throw new IllegalArgumentException("at least one sample expected, came " + size + " bytes");
      }
      if (channels == 1) {
        for (long t = 0; t < steps; t++) {
          to.value(value(in));
        }
        to.endChannel();
        return;
      }
      double[] values = {};
      int count = 0;
      for (long k = 0; k < steps * channels; k++) {
        if (count == values.length) {
          values = java.util.Arrays.copyOf(values, Math.max(1 << 12, Math.multiplyExact(2, values.length)));
        }
        values[count++] = value(in);
      }
      to.timeMajor(values, (int) steps, channels);
    }

    private double value(DataInputStream in) throws IOException {
      if (format == FLOAT) {
        double value = bits == 32 ? Float.intBitsToFloat(Integer.reverseBytes(in.readInt()))
            : Double.longBitsToDouble(Long.reverseBytes(in.readLong()));
        if (!Double.isFinite(value)) {
          throw new IllegalArgumentException("finite samples expected, came " + value);
        }
        return value;
      }
      return switch (bits) {
        case 8 -> (in.readUnsignedByte() - 128) / 128.0;
        case 16 -> Short.reverseBytes(in.readShort()) / 32768.0;
        case 24 -> {
          int low = in.readUnsignedByte();
          int middle = in.readUnsignedByte();
          yield (in.readByte() << 16 | middle << 8 | low) / 8388608.0;
        }
        default -> Integer.reverseBytes(in.readInt()) / 2147483648.0;
      };
    }
  }
}
