package dev.runnel.datasets;

/** A view that is as what lies below it, but for what it overrides. */
public interface Over extends Sequences {
  /** What is read through the view. */
  Sequences below();

  @Override
  default Dataset source() {
    return below().source();
  }

  @Override
  default int channels() {
    return below().channels();
  }

  @Override
  default int length(int row) {
    return below().length(row);
  }

  @Override
  default int maxLength() {
    return below().maxLength();
  }
}
