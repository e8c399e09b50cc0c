namespace Babyhelm.Web.Features.Applications;

public sealed partial class LogViewer
{
    [LoggerMessage(LogLevel.Error, "A log could not be read.")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
