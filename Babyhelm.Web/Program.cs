using Babyhelm.Web;

try
{
    if (await BabyhelmHost.BuildAsync(args) is not { } app) return 1;
    await app.RunAsync();
    return 0;
}
catch (Exception e) when (StartupFault.Describe(e) is { } problem)
{
    Console.Error.WriteLine($"babyhelm: {problem}");
    return 1;
}
