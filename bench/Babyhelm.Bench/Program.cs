using Babyhelm.Bench;

const string Usage = """
    usage: Babyhelm.Bench informer [--apps N] [--pods N] [--changes N] [--pause MILLISECONDS]
           Babyhelm.Bench enumeration [--url URL] [--rounds N]
           Babyhelm.Bench liquid
           Babyhelm.Bench manifests
           Babyhelm.Bench schema

      informer      memory of the cluster cache, and the time from a change of a pod to a reader of the live feed
      enumeration   whether the time of an answer tells which addresses have accounts
      liquid        a page of 500 products parsed and rendered, beside Shopify's own engine (Debian: ruby, ruby-liquid)
      manifests     all manifests of one application rendered, and built with every check
      schema        a request body of 1 KB validated by a JSON Schema, beside only reading it
    """;

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    stop.Cancel();
};
try
{
    switch (args)
    {
        case ["informer", .. var rest]:
            return await InformerScenario.RunAsync(InformerOptions.Parse(rest), stop.Token);
        case ["enumeration", .. var rest]:
            return await EnumerationScenario.RunAsync(EnumerationRun.Parse(rest), stop.Token);
        case ["liquid"]:
            return await LiquidScenario.RunAsync(stop.Token);
        case ["manifests"]:
            return ManifestScenario.Run();
        case ["schema"]:
            return SchemaScenario.Run();
        case [SandboxProcess.Command, .. var rest]:
            await SandboxChild.RunAsync(InformerOptions.Parse(rest), stop.Token);
            return 0;
        default:
            Console.Error.WriteLine(Usage);
            return 2;
    }
}
catch (BenchException e)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    return 130;
}
