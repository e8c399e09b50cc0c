using Babyhelm.Core.Common;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Quartz;

namespace Babyhelm.Core.Jobs;

public static class JobServices
{
    /// <summary>Name of the traces of jobs: one for each run.</summary>
    public const string Traces = "Babyhelm.Jobs";

    /// <summary>Background work over Quartz in the database. Any number of processes may run it.</summary>
    public static IServiceCollection AddJobs(this IServiceCollection services)
    {
        services.AddQuartz(quartz =>
        {
            quartz.ConfigureOptions<QuartzSchedulerOptions>(scheduler => scheduler.InstanceName = "babyhelm");
            quartz.UseDefaultThreadPool(16);
            quartz.UsePersistentStore(store =>
            {
                store.UsePostgres(source => source.DataSourceFactory = provider => provider.GetRequiredService<NpgsqlDataSource>());
                store.ProvisionSchema();
                store.UseClustering(cluster =>
                {
                    // A process that was killed is noticed, and its jobs are taken up, within about 10 s.
                    cluster.CheckinInterval = TimeSpan.FromSeconds(3);
                    cluster.CheckinMisfireThreshold = TimeSpan.FromSeconds(5);
                });
            });
        });
        services.AddSingleton<JobMetrics>();
        services.AddSingleton<QuartzWorkQueue>();
        services.AddSingleton<IWorkQueue>(provider => provider.GetRequiredService<QuartzWorkQueue>());
        services.AddTransient<WorkJob>();
        services.AddHostedService<JobRunner>();
        return services;
    }
}
