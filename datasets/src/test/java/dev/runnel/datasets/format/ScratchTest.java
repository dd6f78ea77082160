package dev.runnel.datasets.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.OutOfMemoryException;
import org.junit.jupiter.api.Test;

class ScratchTest {

  @Test
  @SuppressWarnings("MustBeClosedChecker") // one is forgotten on purpose
  void whatIsForgottenIsGivenBack() {
    Scratch scratch = new Scratch(1 << 20);
    ArrowBuf kept = scratch.allocator().buffer(100);
    ArrowBuf forgotten = scratch.allocator().buffer(1000);
    forgotten.setByte(999, 7);
    assertThat(scratch.bytes()).isGreaterThanOrEqualTo(1100);
    kept.close();
    assertThat(scratch.bytes()).isBetween(1000L, 1099L);
    scratch.close();
    assertThat(scratch.bytes()).isZero();
  }

  @Test
  void noMoreThanTheLimitIsGiven() {
    try (Scratch scratch = new Scratch(1 << 10)) {
      assertThatThrownBy(() -> scratch.allocator().buffer(1 << 11).close()).isInstanceOf(OutOfMemoryException.class);
      assertThat(scratch.bytes()).isZero();
    }
  }
}
