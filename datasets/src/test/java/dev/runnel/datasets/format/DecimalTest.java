package dev.runnel.datasets.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

/** Decimals are read bit for bit as the JDK reads them. */
class DecimalTest {
  private final Decimal.Cursor cursor = new Decimal.Cursor();

  private void sameBits(String text) {
    byte[] bytes = (text + ",").getBytes(StandardCharsets.US_ASCII);
    double came = Decimal.parse(bytes, 0, cursor);
    assertThat(cursor.end).as(text).isEqualTo(text.length());
    if (Double.doubleToRawLongBits(came) != Double.doubleToRawLongBits(Double.parseDouble(text))) {
      assertThat(came).as(text).isEqualTo(Double.parseDouble(text));
      assertThat(Double.doubleToRawLongBits(came)).as(text + " (sign of zero)").isZero();
    }
  }

  @Test
  void edgesKeepTheirBits() {
    for (String text : new String[] {"0", "-0", "-0.0", "+1", "1.", ".5", "-.5e-3", "007", "9007199254740992",
        "9007199254740993", "9007199254740993.0", "123456789012345678", "1234567890123456789", "1e22", "1e23", "1e-22",
        "1e-23", "4.9e-324", "2.2250738585072011e-308", "1.7976931348623157e308", "1e999", "-1e999", "1e-999",
        "0e99999", "0.1", "0.30000000000000004", "1E+5", "1e0000000000000000000005", "1e99999999999",
        "0.000000000000000000001",
        "000000000000000000000000000000001.5", "8.41e21", "9.109e-31", "65531.0", "7.2057594037927933e16"}) {
      sameBits(text);
    }
  }

  @Test
  void randomNumbersKeepTheirBits() {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(7);
    for (int i = 0; i < 400_000; i++) {
      switch (i % 4) {
        case 0 -> sameBits(Double.toString(Double.longBitsToDouble(random.nextLong() & ~(1L << 62))));
        case 1 -> sameBits(Float.toString((float) (random.nextGaussian() * 1000)));
        case 2 -> sameBits(
            random.nextLong() % 1_000_000_000_000L + "." + random.nextInt(1 << (1 + random.nextInt(30))));
        default -> sameBits(random.nextInt() + "e" + (random.nextInt(60) - 30));
      }
    }
  }

  @Test
  void fixedPointKeepsItsBits() {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(8);
    for (int i = 0; i < 50_000; i++) {
      sameBits(String.format(Locale.ROOT, "%." + (1 + i % 12) + "f", random.nextGaussian() * 100));
    }
  }

  @Test
  void whatIsNoNumberIsNotRead() {
    for (String text : new String[] {"", "-", "+", ".", "e5", "1e", "1e+", "abc", "-.", "--1", "?"}) {
      Decimal.parse((text + ",").getBytes(StandardCharsets.US_ASCII), 0, cursor);
      assertThat(cursor.end).as("'" + text + "'").isEqualTo(-1);
    }
  }
}
