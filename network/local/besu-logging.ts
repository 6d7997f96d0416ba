/** Besu's log as plain lines on standard output (which goes to a file), UTC, without the colours and remote appenders of its own configuration. */
export const besuLog4j = `<?xml version="1.0" encoding="UTF-8"?>
<Configuration status="ERROR">
  <Appenders>
    <Console name="Console" target="SYSTEM_OUT">
      <PatternLayout pattern="%d{yyyy-MM-dd'T'HH:mm:ss.SSS}{UTC}Z %-5level %c{1} %msg%n%throwable"/>
    </Console>
  </Appenders>
  <Loggers>
    <Root level="\${sys:root.log.level:-INFO}"><AppenderRef ref="Console"/></Root>
  </Loggers>
</Configuration>
`;
