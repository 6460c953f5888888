// Reads encoded histograms, one a line, and prints of each: count, largest value, percentiles, and every bucket.

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.util.Base64;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramIterationValue;

public class Decode {
    public static void main(String[] arguments) throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            ByteBuffer bytes = ByteBuffer.wrap(Base64.getDecoder().decode(line.trim()));
            Histogram histogram = Histogram.decodeFromCompressedByteBuffer(bytes, 0);
            StringBuilder told = new StringBuilder();
            told.append(histogram.getTotalCount()).append(' ').append(histogram.getMaxValue());
            for (double percent : new double[] {25.0, 50.0, 75.0, 100.0}) {
                told.append(' ').append(histogram.getValueAtPercentile(percent));
            }
            for (HistogramIterationValue step : histogram.recordedValues()) {
                told.append(' ').append(step.getValueIteratedTo());
                told.append(':').append(step.getCountAddedInThisIterationStep());
            }
            System.out.println(told);
        }
    }
}
