FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /src
COPY global.json Directory.Build.props Directory.Packages.props .editorconfig appsettings.json ./
COPY Babyhelm.Core/Babyhelm.Core.csproj Babyhelm.Core/
COPY migrations/migrations.csproj migrations/
COPY Babyhelm.Web/Babyhelm.Web.csproj Babyhelm.Web/BlazorScript.targets Babyhelm.Web/
RUN dotnet restore Babyhelm.Web
COPY Babyhelm.Core Babyhelm.Core
COPY migrations migrations
COPY Babyhelm.Web Babyhelm.Web
RUN dotnet publish Babyhelm.Web -c Release --no-restore -o /app

FROM mcr.microsoft.com/dotnet/aspnet:10.0
WORKDIR /app
COPY --from=build /app .
ENV ASPNETCORE_HTTP_PORTS=8080
EXPOSE 8080
USER $APP_UID
ENTRYPOINT ["dotnet", "Babyhelm.Web.dll"]
