package io.queueruntime.samples.sessions;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Writes the bundled CSV: account movements of a quarter, invented from a fixed seed, so that the
 * file can be made again byte for byte. A few accounts are busy and most are quiet, as in life; no
 * account ever goes below zero.
 *
 * <p>Run {@code main} with the path of the file to write.
 */
final class MovementsGenerator {

  static final int MOVEMENTS = 4_000;
  static final int ACCOUNTS = 120;

  private static final long SEED = 20_260_401L;
  private static final String[] CURRENCIES = {"EUR", "EUR", "EUR", "CHF", "GBP", "USD"};
  private static final String[] SHOPS = {
    "Bakery Lindt & Sons",
    "Corner Grocery",
    "City Transport",
    "Bookshop am Markt",
    "Garden Centre",
    "Petrol A9",
    "Cinema Odeon",
    "Pharmacy St. Anna",
    "Café Zürich",
    "Hardware Store 24"
  };
  private static final String[] PEOPLE = {
    "A. Moreau", "B. Okafor", "C. Jensen", "D. Rossi", "E. Nowak", "F. Tanaka"
  };

  private final Random random = new Random(SEED);
  private final List<Account> accounts = new ArrayList<>();
  private LocalDateTime clock = LocalDateTime.of(2026, 1, 2, 7, 0);

  private static final class Account {
    final String number;
    final String currency;
    long cents;
    int movements;

    Account(String number, String currency) {
      this.number = number;
      this.currency = currency;
    }
  }

  public static void main(String[] args) throws IOException {
    Files.writeString(Path.of(args[0]), new MovementsGenerator().csv());
  }

  String csv() {
    for (int i = 0; i < ACCOUNTS; i++) {
      String number =
          "%04d-%06d-%02d".formatted(4471 + i % 7, 100_000 + random.nextInt(900_000), i % 97);
      accounts.add(new Account(number, CURRENCIES[random.nextInt(CURRENCIES.length)]));
    }
    StringBuilder csv = new StringBuilder("line,account,movement,booked,amount,currency,text\n");
    for (int line = 1; line <= MOVEMENTS; line++) {
      // Every account opens once, early and in between the others' business.
      Account account =
          line <= 2 * ACCOUNTS && line % 2 == 1 ? accounts.get(line / 2) : somebody(line);
      csv.append(movement(line, account)).append('\n');
    }
    return csv.toString();
  }

  private Account somebody(int line) {
    int open = Math.min(ACCOUNTS, (line + 1) / 2);
    // The square of a uniform number: the first accounts get most of the business.
    double x = random.nextDouble();
    return accounts.get((int) (open * x * x));
  }

  private String movement(int line, Account account) {
    clock = clock.plus(5 + random.nextInt(55), ChronoUnit.MINUTES);
    account.movements++;
    String text;
    long cents;
    if (account.movements == 1) {
      cents = 50_000 + random.nextInt(450_000);
      text = "Opening deposit";
    } else {
      switch (random.nextInt(10)) {
        case 0 -> {
          cents = 180_000 + random.nextInt(320_000);
          text =
              "Salary "
                  + clock.getMonth().toString().charAt(0)
                  + clock.getMonth().toString().substring(1).toLowerCase();
        }
        case 1, 2 -> {
          cents = 500 + random.nextInt(40_000);
          text = "Transfer from " + PEOPLE[random.nextInt(PEOPLE.length)];
        }
        case 3 -> {
          cents = -(60_000 + random.nextInt(90_000));
          text = "Rent, flat " + (1 + random.nextInt(40));
        }
        case 4 -> {
          cents = -(1_000 + random.nextInt(19) * 1_000L);
          text = "Cash machine " + (100 + random.nextInt(900));
        }
        case 5 -> {
          cents = -(100 + random.nextInt(30_000));
          text = "Transfer to " + PEOPLE[random.nextInt(PEOPLE.length)];
        }
        default -> {
          cents = -(120 + random.nextInt(9_000));
          text = "Card " + SHOPS[random.nextInt(SHOPS.length)];
        }
      }
    }
    if (account.cents + cents < 0) {
      cents = 20_000 + random.nextInt(100_000);
      text = "Deposit, counter";
    }
    account.cents += cents;
    return "%d,%s,%d,%s,%s,%s,%s"
        .formatted(
            line,
            account.number,
            account.movements,
            clock,
            BigDecimal.valueOf(cents, 2),
            account.currency,
            text.contains(",") ? '"' + text + '"' : text);
  }
}
